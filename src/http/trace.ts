/**
 * The server span: one per request, by the HTTP semantic conventions, made here and not by the
 * stock instrumentation, which costs three times as much and reports the router's last layer as
 * the route. Whatever runs below runs inside it. The trace id of a caller is continued; whether
 * the span is recorded is decided by the sampler, and status routes are never recorded.
 */
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace as api,
  TraceFlags,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { attr, knownMethod } from '#telemetry/conventions.ts';
import { telemetry } from '#telemetry/start.ts';
import { idsOf, tracer } from '#telemetry/tracing.ts';
import type { Middleware, RequestContext, RouteOf } from './context.ts';
import { onResponseEnd } from './response-end.ts';

/** A client may send kilobytes; a span needs to tell one from another. */
const MAX_VALUE = 256;

/** Asked for every few seconds by probes: no span, and a log line at debug level only. */
const probePaths: ReadonlySet<string> = new Set([
  '/health',
  '/api/v1/health',
  '/api/v1/status/system',
  '/api/v1/status/readiness',
  '/api/v1/status/liveness',
]);

export function isProbe(path: string): boolean {
  return probePaths.has(path);
}

export function trace(deps: { routeOf: RouteOf }): Middleware {
  return async function trace(ctx, next) {
    const start = performance.now();
    const route = deps.routeOf(ctx.method, ctx.path);
    const parent = propagation.extract(ROOT_CONTEXT, ctx.headers);
    const probe = isProbe(ctx.path);
    const span = probe ? unrecorded(parent) : startSpan(ctx, route, parent);
    const { traceId, spanId, flags } = idsOf(span);
    Object.assign(ctx.state, { route, traceId, spanId });
    announce(ctx, `00-${traceId}-${spanId}-${flags}`, start);
    if (!probe) onResponseEnd(ctx.req, ctx.res, (complete) => finish(ctx, span, complete));

    const active = api.setSpan(parent, span);
    await context.with(probe ? suppressTracing(active) : active, next);
  };
}

/** As the headers are written, since only then is the time known that the answer took. */
function announce({ res }: RequestContext, traceparent: string, start: number): void {
  const writeHead = res.writeHead.bind(res) as (...args: unknown[]) => typeof res;
  res.writeHead = (...args: unknown[]) => {
    const ms = (performance.now() - start).toFixed(3);
    res.setHeader('Server-Timing', `trace;desc="${traceparent}", total;dur=${ms}`);
    return writeHead(...args);
  };
}

/** Ids without a span. */
function unrecorded(parent: Context): Span {
  const ids = idsOf(undefined);
  const traceId = api.getSpanContext(parent)?.traceId ?? randomHex(16);
  return api.wrapSpanContext({
    traceId: telemetry.active ? traceId : ids.traceId,
    spanId: telemetry.active ? randomHex(8) : ids.spanId,
    traceFlags: TraceFlags.NONE,
  });
}

/** Ids need to differ, not to be secret; the kernel's randomness costs more than the rest of a probe. */
function randomHex(bytes: number): string {
  let hex = '';
  for (let i = 0; i < bytes; i += 4) {
    hex += Math.floor(Math.random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  }
  return hex;
}

function startSpan(ctx: RequestContext, route: string, parent: Context): Span {
  const method = knownMethod(ctx.method);
  const verb = method === '_OTHER' ? 'HTTP' : method;
  const matched = route !== 'unmatched';
  const agent = ctx.get('User-Agent').slice(0, MAX_VALUE);
  const attributes: Attributes = {
    [attr.httpMethod]: method,
    [attr.urlPath]: ctx.path.slice(0, MAX_VALUE),
    [attr.urlScheme]: ctx.protocol,
    [attr.networkProtocolVersion]: ctx.req.httpVersion,
    [attr.requestId]: ctx.state.requestId,
    ...(matched ? { [attr.httpRoute]: route } : {}),
    ...(method === '_OTHER' ? { [attr.httpMethodOriginal]: ctx.method.slice(0, MAX_VALUE) } : {}),
    ...(agent === '' ? {} : { [attr.userAgent]: agent }),
  };
  const name = matched ? `${verb} ${route}` : verb;
  return tracer().startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
}

function finish(ctx: RequestContext, span: Span, complete: boolean): void {
  const { statusCode, headersSent } = ctx.res;
  if (headersSent) span.setAttribute(attr.httpStatus, statusCode);
  if (!complete) span.setAttribute(attr.clientAborted, true);
  if (headersSent && statusCode >= 500) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.setAttribute(attr.errorType, ctx.state.errorCode ?? String(statusCode));
  }
  span.end();
}
