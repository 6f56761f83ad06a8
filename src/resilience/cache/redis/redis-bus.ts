import type { Redis } from 'ioredis';
import type { Bus } from '../remote-tier.ts';
import { busChannel } from './redis-tier.ts';

const RETRY_MS = 1000;

/**
 * @param deps.client a connection for nothing else: it becomes a subscriber
 * @param deps.prefix as the tier's
 */
export function createRedisBus(deps: { client: Redis; prefix?: string }): Bus {
  const { client } = deps;
  const channel = busChannel(client, deps.prefix);
  // It would subscribe by itself after a reconnect, and nobody would hear when that fails (ioredis 6.0.0).
  client.options.autoResubscribe = false;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  return {
    listen({ onMessage, onConnected }) {
      const subscribe = async (): Promise<void> => {
        clearTimeout(retry);
        if (closed || client.status !== 'ready') return;
        try {
          await client.subscribe(channel);
          onConnected(true);
        } catch {
          // A lost connection subscribes anew when it is back; a slow answer is asked for again.
          retry = setTimeout(() => void subscribe(), RETRY_MS).unref();
        }
      };
      client.on('message', (_channel: string, line: string) => {
        // A stranger's message means nothing, and leaves no gap.
        const [, epoch, number, text] = /^(\S{1,64}) (\d{1,15}) (.*)$/s.exec(line) ?? [];
        if (epoch === undefined || text === undefined) return;
        onMessage({ epoch, number: Number(number) }, text);
      });
      client.on('ready', () => void subscribe());
      client.on('close', () => onConnected(false));
      if (client.status === 'ready') void subscribe();
    },
    async check() {
      if (client.status !== 'ready') return;
      await client.ping().catch(() => {
        if (!closed) client.disconnect(true);
      });
    },
    async close() {
      closed = true;
      clearTimeout(retry);
      if (client.status === 'ready') await client.unsubscribe(channel).catch(() => undefined);
    },
  };
}
