/**
 * Counts every request exactly once, when its answer is complete or its connection gone. A client
 * that left before anything was answered counts as status 499, as proxies write it.
 */
import { knownMethod } from '#telemetry/conventions.ts';
import type { TraceIds } from '#telemetry/tracing.ts';
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

/** @param routes whose failures are there from the start, with 0: the first of them is then one that `rate()` sees */
export function requestMetrics(routes: readonly RouteFailures[]): Middleware {
  for (const { method, route, statuses } of routes) {
    for (const status of statuses) {
      httpRequestDuration.init({ method: knownMethod(method), route, status_code: String(status) });
    }
  }
  const observersOf = createObservers();
  const inFlight = httpRequestsInFlight.of({});
  return function requestMetrics(ctx, next) {
    const written = ctx.req.socket.bytesWritten;
    inFlight(1);
    onResponseEnd(ctx, (complete) => {
      inFlight(-1);
      count(ctx, observersOf, complete ? written : null);
    });
    return next();
  };
}

/** @param writtenBefore bytes of the connection before the answer; null: it is not complete */
function count(
  ctx: RequestContext,
  observersOf: ReturnType<typeof createObservers>,
  writtenBefore: number | null,
): void {
  const { state, res } = ctx;
  const { route } = state;
  const status = statusOf(res);
  // A method that the route does not have is the client's invention, and no label.
  const method = status === 405 || route === UNMATCHED ? '_OTHER' : knownMethod(ctx.method);
  const { duration, requestSize, responseSize } = observersOf(method, route, status);
  duration((performance.now() - state.startedAt) / 1000, state.trace);
  // Sizes need no exemplar: the duration of the same request has it.
  requestSize(requestBytes(ctx));
  if (writtenBefore === null) httpRequestsAborted.inc({ route });
  else responseSize(responseBytes(ctx, writtenBefore));
  countError(ctx);
}

type Observe = (value: number, trace?: TraceIds) => void;
type Observers = Record<'duration' | 'requestSize' | 'responseSize', Observe>;

/** Looked up once for each series: a request then costs three additions. */
function createObservers() {
  /** As many as there are templates, their methods, and statuses. */
  const known = new Map<string, Observers>();
  return (method: ReturnType<typeof knownMethod>, route: string, status: number): Observers => {
    const key = `${status} ${method} ${route}`;
    const observers = known.get(key) ?? {
      duration: httpRequestDuration.of({ method, route, status_code: String(status) }),
      requestSize: httpRequestSize.of({ method, route }),
      responseSize: httpResponseSize.of({ method, route }),
    };
    known.set(key, observers);
    return observers;
  };
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
