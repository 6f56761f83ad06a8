/** What happens to a request, from top to bottom. A test pins the order. */
import Koa from 'koa';
import { composeMiddleware } from './http/compose-middleware.ts';
import type { Middleware, RequestState } from './http/request/context.ts';
import { respondWith, type Respond } from './http/respond.ts';

/** One line and one reason each. */
export interface Stack {
  /** Identity and clock first, so that whatever goes wrong below can be found again. */
  requestId: Middleware;
  /** The server span: everything below runs inside it. */
  trace: Middleware;
  /** One line a request, written when the answer is complete. */
  requestLog: Middleware;
  /** Duration, sizes, in flight. */
  requestMetrics: Middleware;
  /** On every answer, errors included. */
  securityHeaders: Middleware;
  /** Preflights end here. */
  cors: Middleware;
  /** A throw below becomes problem+json, once. */
  problems: Middleware;
  /** Status and reference: no deadline, no body, no database. */
  health: Middleware;
  /** 421 for hosts that are not ours; probes, which ask by address, are answered above. */
  allowedHost: Middleware;
  /** 503 while the process starts; status and reference are answered above. */
  serving: Middleware;
  /** One AbortSignal for all work below; 504 when the time is up. */
  deadline: Middleware;
  /** 429 before anything is read or looked up for a client that does not say who it is, or says it wrongly. */
  limitByAddress: Middleware;
  /** 401 for who does not say who it is. */
  authenticate: Middleware;
  /** 429 by what a caller has used, wherever it asks from. */
  limitByCaller: Middleware;
  /** 403 for a role that does not reach. */
  authorize: Middleware;
  /** Reads and parses JSON, size-capped, only where the route takes a body. */
  body: Middleware;
  /** One identity map per request. */
  unitOfWork: Middleware;
  /** Validate, handle, present. */
  routes: Middleware;
  /** Nothing matched. */
  notFound: Middleware;
}

export function createApp(stack: Stack): Respond {
  const app = new Koa<RequestState>();
  app.on('error', (error: Error & { code?: unknown }, ctx?: Koa.Context) => {
    // Of a stream whose client left: the request's line says so.
    const isClients =
      error === ctx?.req.socket.errored || error.code === 'ERR_STREAM_PREMATURE_CLOSE';
    if (!isClients) app.onerror(error);
  });
  return respondWith(app, composeMiddleware(order(stack)));
}

/** The order is the list's, not the caller's. */
export function order(stack: Stack): Middleware[] {
  return [
    stack.requestId,
    stack.trace,
    stack.requestLog,
    stack.requestMetrics,
    stack.securityHeaders,
    stack.cors,
    stack.problems,
    stack.health,
    stack.allowedHost,
    stack.serving,
    stack.deadline,
    stack.limitByAddress,
    stack.authenticate,
    stack.limitByCaller,
    stack.authorize,
    stack.body,
    stack.unitOfWork,
    stack.routes,
    stack.notFound,
  ];
}
