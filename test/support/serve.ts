import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { composeMiddleware } from '#src/http/compose-middleware.ts';
import { respondWith } from '#src/http/respond.ts';
import { requestId } from '#src/http/request/request-id.ts';
import { TimedResponse } from '#src/http/request/timed-response.ts';
import type { Middleware, RequestState } from '#src/http/request/context.ts';

export interface Served {
  url: string;
  port: number;
  close(): Promise<void>;
}

/** A Koa app of these middleware, below `requestId`, on a free port of 127.0.0.1. */
export async function serve(...stack: Middleware[]): Promise<Served> {
  const app = new Koa<RequestState>();
  app.on('error', () => undefined);
  let ids = 0;
  const identified = requestId({ newId: () => `request-${++ids}`, now: () => performance.now() });
  const respond = respondWith(app, composeMiddleware([identified, ...stack]));
  const server = createServer(
    { ServerResponse: TimedResponse },
    (request, response) => void respond(request, response),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
