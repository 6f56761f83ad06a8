import { pipeline, type Stream } from 'node:stream';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type Koa from 'koa';
import type { Middleware, RequestContext, RequestState } from './request/context.ts';

/** Settles once the middleware has ended; the answer may still be on its way. */
export type Respond = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const done = Promise.resolve();

/**
 * In place of `app.callback()`, which also listens for the end of each answer and of its connection, to tell the app of
 * errors that are its client's: `onResponseEnd` knows.
 *
 * @param app makes the contexts, and is told (`error`) of what was thrown past all middleware and of broken streams
 */
export function respondWith(app: Koa<RequestState>, middleware: Middleware): Respond {
  return async (request, response) => {
    const ctx = app.createContext<RequestState>(request, response);
    response.statusCode = 404;
    try {
      await middleware(ctx, () => done);
      send(ctx);
    } catch (error) {
      ctx.onerror(error as Error);
    }
  };
}

/** What the middleware has left on the context: a text, bytes or a stream; no objects. */
function send(ctx: RequestContext): void {
  const { res, status } = ctx;
  if (ctx.respond === false) return;
  const body = ctx.body as string | Buffer | Stream | null | undefined;
  if (!ctx.writable) res.end();
  else if (body === null || body === undefined || isEmpty(status)) {
    ctx.body = null;
    // Koa turns it into 204.
    ctx.status = status;
    if (!isEmpty(status)) ctx.length = 0;
    res.end();
  } else if (ctx.method === 'HEAD') res.end();
  else if (typeof body === 'string' || Buffer.isBuffer(body)) res.end(body);
  else pipeline(body as NodeJS.ReadableStream, res, (error) => error && ctx.onerror(error));
}

/** Of answers that have no body by their status. */
function isEmpty(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
