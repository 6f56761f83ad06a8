/**
 * The server span: one per request, by the HTTP semantic conventions, made here and not by the
 * stock instrumentation, which costs three times as much and reports the router's last layer as
 * the route. Whatever runs below runs inside it. The trace id of a caller is continued; whether
 * the span is recorded is decided by the sampler, and probes are never recorded.
 */
import type { IncomingHttpHeaders } from 'node:http';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace as api,
  TraceFlags,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { attr, knownMethod } from '#telemetry/conventions.ts';
import { withTimes } from '#telemetry/request-times.ts';
import { telemetry } from '#telemetry/start.ts';
import { idsOf, tracer } from '#telemetry/tracing.ts';
import { failureFields } from '../../storage/failure.ts';
import type { HeaderFacts } from '../headers.ts';
import { TimedResponse } from './timed-response.ts';
import type { Handles } from './handles.ts';
import { UNMATCHED, type Middleware, type RequestContext, type FactsOf } from './context.ts';
import { onResponseEnd } from './response-end.ts';

/** A client may send kilobytes; a span needs to tell one from another. */
const MAX_VALUE = 256;

export const traceHeaders = {
  request: {
    traceparent: {
      description: 'Trace to continue (W3C Trace Context).',
      example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    },
    tracestate: {
      description: 'State of the vendors in the trace (W3C Trace Context).',
      example: 'vendor=t61rcWkgMzE',
    },
  },
  response: {
    'Server-Timing': {
      description: 'Trace id, as `trace;desc="<traceparent>"`, and milliseconds, as `total;dur=`.',
      example:
        'trace;desc="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", total;dur=12.345',
      required: true,
    },
  },
} as const satisfies Record<'request' | 'response', HeaderFacts>;

/** @param deps.handles absent: requests name nobody */
export function trace(deps: { factsOf: FactsOf; handles?: Handles }): Middleware {
  return async function trace(ctx, next) {
    const { state, path } = ctx;
    state.facts = deps.factsOf(ctx.method, path);
    const { probe } = state.facts;
    const parent = parentOf(ctx.req.headers);
    const span = probe ? unrecorded(parent) : startSpan(ctx, parent);
    state.trace = idsOf(span);
    announce(ctx);
    if (!probe)
      onResponseEnd(ctx, (complete) => finish(ctx, { span, handles: deps.handles, complete }));

    const active = api.setSpan(parent, span);
    await context.with(probe ? suppressTracing(active) : withTimes(active, state.times), next);
  };
}

/** Most requests bring no context. */
function parentOf(headers: IncomingHttpHeaders): Context {
  const silent = headers['traceparent'] === undefined && headers['baggage'] === undefined;
  return silent ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, headers);
}

/** The response completes it. */
function announce({ res, state }: RequestContext): void {
  if (!(res instanceof TimedResponse)) return;
  const { traceId, spanId, flags } = state.trace;
  res.timing = `trace;desc="00-${traceId}-${spanId}-${flags}", total;dur=`;
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
export function randomHex(bytes: number): string {
  let hex = '';
  for (let i = 0; i < bytes; i += 4) {
    hex += Math.floor(Math.random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  }
  return hex;
}

function startSpan(ctx: RequestContext, parent: Context): Span {
  const method = knownMethod(ctx.method);
  const verb = method === '_OTHER' ? 'HTTP' : method;
  const { route } = ctx.state;
  const name = route === UNMATCHED ? verb : `${verb} ${route}`;
  return tracer().startSpan(name, { kind: SpanKind.SERVER }, parent);
}

/** All attributes are set once, when all are known: the SDK looks twice at those a span begins with. */
function finish(
  ctx: RequestContext,
  { span, handles, complete }: { span: Span; handles: Handles | undefined; complete: boolean },
): void {
  if (span.isRecording()) {
    describe(ctx, span, complete);
    if (handles !== undefined) span.setAttributes(handles.in(ctx));
  }
  span.end();
}

function describe(ctx: RequestContext, span: Span, complete: boolean): void {
  const { req, res, state } = ctx;
  const method = knownMethod(ctx.method);
  span.setAttribute(attr.httpMethod, method);
  if (method === '_OTHER')
    span.setAttribute(attr.httpMethodOriginal, ctx.method.slice(0, MAX_VALUE));
  if (state.route !== UNMATCHED) span.setAttribute(attr.httpRoute, state.route);
  span.setAttribute(attr.urlPath, ctx.path.slice(0, MAX_VALUE));
  span.setAttribute(attr.urlScheme, ctx.protocol);
  span.setAttribute(attr.networkProtocolVersion, req.httpVersion);
  span.setAttribute(attr.requestId, state.requestId);
  if (state.identity !== null) span.setAttribute(attr.caller, state.identity.id);
  if (state.subject !== undefined) span.setAttribute(attr.subject, state.subject);
  const agent = req.headers['user-agent'];
  if (agent !== undefined) span.setAttribute(attr.userAgent, agent.slice(0, MAX_VALUE));
  if (!complete) span.setAttribute(attr.clientAborted, true);
  if (!res.headersSent) return;
  span.setAttribute(attr.httpStatus, res.statusCode);
  if (res.statusCode < 500) return;
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute(attr.errorType, state.errorCode ?? String(res.statusCode));
  span.setAttributes(failureFields(state.error));
}
