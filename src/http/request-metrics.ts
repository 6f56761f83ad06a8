/**
 * Counts every request exactly once, when its answer is complete or its connection gone. A client
 * that left before anything was answered counts as status 499, as proxies write it.
 */
import { knownMethod } from '#telemetry/conventions.ts';
import { activeTrace } from '#telemetry/tracing.ts';
import type { Middleware, RequestContext } from './context.ts';
import {
  appErrors,
  httpRequestDuration,
  httpRequestsAborted,
  httpRequestsInFlight,
  httpRequestSize,
  httpResponseSize,
} from './metrics.ts';
import { onResponseEnd } from './response-end.ts';

export function requestMetrics(): Middleware {
  return async function requestMetrics(ctx, next) {
    const start = ctx.state.startedAt;
    const written = ctx.req.socket.bytesWritten;
    // The callback runs outside of the request's context.
    const trace = activeTrace();
    httpRequestsInFlight.inc({});
    onResponseEnd(ctx.req, ctx.res, (complete) => {
      httpRequestsInFlight.inc({}, -1);
      const { route } = ctx.state;
      const method = knownMethod(ctx.method);
      const status = ctx.res.headersSent ? ctx.res.statusCode : 499;
      const seconds = (performance.now() - start) / 1000;
      httpRequestDuration.observe({ method, route, status_code: String(status) }, seconds, trace);
      httpRequestSize.observe({ method, route }, requestBytes(ctx), trace);
      if (complete) httpResponseSize.observe({ method, route }, responseBytes(ctx, written), trace);
      else httpRequestsAborted.inc({ route });
      countError(ctx);
    });
    await next();
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
  const carried = req.socket.bytesRead;
  if (announced !== undefined) return Math.min(Number(announced) || 0, carried);
  return req.headers['transfer-encoding'] === undefined ? 0 : carried;
}

/** Streams have no length; then it is what the connection carried, headers included. */
function responseBytes({ method, req, res }: RequestContext, writtenBefore: number): number {
  if (method === 'HEAD' || res.statusCode === 204 || res.statusCode === 304) return 0;
  const length = Number(res.getHeader('Content-Length') ?? Number.NaN);
  return Number.isNaN(length) ? Math.max(0, req.socket.bytesWritten - writtenBefore) : length;
}
