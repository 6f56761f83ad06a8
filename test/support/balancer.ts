/**
 * A load balancer of the plainest kind: asks each service for its readiness, sends requests to those that are
 * ready, each in turn, and repeats none.
 */
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Balancer {
  url: string;
  /** Origins of the services. */
  readonly targets: Set<string>;
  /** Of them, those that were ready when they were asked last. */
  readonly ready: ReadonlySet<string>;
  close(): Promise<void>;
}

const ASK_EVERY_MS = 50;

export async function startBalancer(): Promise<Balancer> {
  const targets = new Set<string>();
  const ready = new Set<string>();
  const agent = new Agent({ keepAlive: true });
  let turn = 0;

  const look = async (target: string) => {
    const ok = await fetch(`${target}/api/v1/status/readiness`).then(
      (response) => response.ok,
      () => false,
    );
    if (ok && targets.has(target)) ready.add(target);
    else ready.delete(target);
  };
  let looking: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    for (const gone of ready) if (!targets.has(gone)) ready.delete(gone);
    looking = Promise.all([...targets].map(look));
  }, ASK_EVERY_MS);

  const server = createServer((incoming, outgoing) => {
    const [...choice] = ready;
    const target = choice[(turn += 1) % Math.max(1, choice.length)];
    if (target === undefined) {
      outgoing.writeHead(502).end();
      return;
    }
    const { method, url, headers } = incoming;
    const { connection: _hop, ...passed } = headers;
    const asked = request(target + url, { method, headers: passed, agent }, (response) => {
      const { connection: _back, 'keep-alive': _kept, ...kept } = response.headers;
      outgoing.writeHead(response.statusCode ?? 502, kept);
      response.pipe(outgoing);
      response.on('error', () => outgoing.destroy());
    });
    asked.on('error', () => {
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(502).end();
    });
    incoming.pipe(asked);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    targets,
    ready,
    async close() {
      clearInterval(timer);
      await looking;
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}
