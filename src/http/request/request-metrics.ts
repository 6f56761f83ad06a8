/**
 * Counts every request exactly once, when its answer is complete or its connection gone. A client
 * that left before anything was answered counts as status 499, as proxies write it.
 */
import { knownMethod } from '#telemetry/conventions.ts';
import { idsOf } from '#telemetry/tracing.ts';
import { UNMATCHED, type Middleware, type RequestContext } from './context.ts';
import {
  appErrors,
  httpRequestDuration,
  httpRequestsAborted,
  httpRequestsInFlight,
  httpRequestSize,
  httpResponseSize,
} from './metrics.ts';
import { onResponseEnd, statusOf } from './response-end.ts';

/** A route, and how it can fail by what it declares. */
export interface RouteFailures {
  method: string;
  route: string;
  /** 5xx */
  statuses: readonly number[];
}

/** Sizes need none: the duration of the same request has it. */
const noExemplar = idsOf(undefined);

/** @param routes whose failures are there from the start, with 0: the first of them is then one that `rate()` sees */
export function requestMetrics(routes: readonly RouteFailures[]): Middleware {
  for (const { method, route, statuses } of routes) {
    for (const status of statuses) {
      httpRequestDuration.init({ method: knownMethod(method), route, status_code: String(status) });
    }
  }
  return function requestMetrics(ctx, next) {
    const written = ctx.req.socket.bytesWritten;
    httpRequestsInFlight.inc({});
    onResponseEnd(ctx, (complete) => {
      httpRequestsInFlight.inc({}, -1);
      count(ctx, complete, written);
    });
    return next();
  };
}

function count(ctx: RequestContext, complete: boolean, writtenBefore: number): void {
  const { state, res } = ctx;
  const { route } = state;
  const status = statusOf(res);
  // A method that the route does not have is the client's invention, and no label.
  const method = status === 405 || route === UNMATCHED ? '_OTHER' : knownMethod(ctx.method);
  const seconds = (performance.now() - state.startedAt) / 1000;
  httpRequestDuration.observe({ method, route, status_code: String(status) }, seconds, state.trace);
  httpRequestSize.observe({ method, route }, requestBytes(ctx), noExemplar);
  if (complete)
    httpResponseSize.observe({ method, route }, responseBytes(ctx, writtenBefore), noExemplar);
  else httpRequestsAborted.inc({ route });
  countError(ctx);
}

function countError({ state }: RequestContext): void {
  if (state.errorCode === undefined) return;
  const kind = state.errorCode === 'INTERNAL_ERROR' ? 'defect' : 'operational';
  appErrors.inc({ code: state.errorCode, kind });
}

/** What was announced, but never more than the connection has carried. */
function requestBytes({ req }: RequestContext): number {
  const announced = req.headers['content-length'];
  if (announced !== undefined) return Math.min(Number(announced) || 0, req.socket.bytesRead);
  return req.headers['transfer-encoding'] === undefined ? 0 : req.socket.bytesRead;
}

/** Streams have no length; then it is what the connection carried, headers included. */
function responseBytes({ method, req, res }: RequestContext, writtenBefore: number): number {
  if (method === 'HEAD' || res.statusCode === 204 || res.statusCode === 304) return 0;
  const length = Number(res.getHeader('Content-Length') ?? Number.NaN);
  return Number.isNaN(length) ? Math.max(0, req.socket.bytesWritten - writtenBefore) : length;
}
