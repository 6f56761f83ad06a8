/** An https server of our own on localhost, whose certificate this process trusts while it is up. */
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { selfSigned } from '#test/support/certificate.ts';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Receiver {
  url: string;
  received: Received[];
  /** By path; others are answered with 204. */
  answers: Record<string, (response: { status: number; headers: Record<string, string> }) => void>;
  close: () => Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const certificate = selfSigned(new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000));
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, certificate.cert]);
  const receiver: Pick<Receiver, 'received' | 'answers'> = { received: [], answers: {} };
  const server = createServer(certificate, (request, response) => {
    void text(request).then((body) => {
      const path = request.url ?? '';
      receiver.received.push({ path, headers: request.headers, body });
      const answer = { status: 204, headers: {} };
      receiver.answers[path]?.(answer);
      response.writeHead(answer.status, answer.headers).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...receiver,
    url: `https://localhost:${port}`,
    async close() {
      setDefaultCACertificates(trusted);
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
