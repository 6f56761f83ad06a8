/** What a pager would be: it is posted to by Alertmanager and remembers. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

export interface Notification {
  /** Of the receiver. */
  receiver: string;
  status: 'firing' | 'resolved';
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** One message to a receiver, about the alerts of a group. */
export interface Message {
  /** When it came; epoch milliseconds. */
  at: number;
  receiver: string;
  /** `resolved` when all of its alerts are. */
  status: 'firing' | 'resolved';
  groupLabels: Record<string, string>;
  alerts: Omit<Notification, 'receiver'>[];
}

export interface Webhook {
  url: string;
  messages: Message[];
  received: Notification[];
  close(): Promise<void>;
}

/** @param onNew told of an alert when it is new or has changed its status */
export async function startWebhook(onNew?: (notification: Notification) => void): Promise<Webhook> {
  const received: Notification[] = [];
  const messages: Message[] = [];
  const last = new Map<string, string>();
  const server = createServer((request, response) => {
    const accept = async () => {
      const message = (await json(request)) as Omit<Message, 'receiver' | 'at'>;
      const receiver = request.url?.slice(1) ?? '';
      const { alerts, status: state, groupLabels } = message;
      messages.push({ at: Date.now(), receiver, status: state, groupLabels, alerts });
      for (const { status, labels, annotations } of alerts) {
        const notification = { receiver, status, labels, annotations };
        const key = receiver + JSON.stringify(labels);
        if (last.get(key) !== status) onNew?.(notification);
        last.set(key, status);
        received.push(notification);
      }
      response.end();
    };
    accept().catch(() => response.writeHead(400).end());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    received,
    messages,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
