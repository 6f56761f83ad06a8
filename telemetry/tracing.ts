/** Spans of our own. Without the SDK everything here is a no-op and the ids are zeros. */
import {
  context,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { attr } from './conventions.ts';

export interface TraceIds {
  /** 32 hex digits. */
  traceId: string;
  /** 16 hex digits. */
  spanId: string;
  /** Two hex digits, as in `traceparent`. */
  flags: string;
  sampled: boolean;
}

export function tracer(): Tracer {
  return trace.getTracer('sono-eval');
}

export function idsOf(span: Span | undefined): TraceIds {
  const { traceId, spanId, traceFlags } = span?.spanContext() ?? {
    traceId: '0'.repeat(32),
    spanId: '0'.repeat(16),
    traceFlags: TraceFlags.NONE,
  };
  return {
    traceId,
    spanId,
    flags: traceFlags.toString(16).padStart(2, '0'),
    sampled: (traceFlags & TraceFlags.SAMPLED) !== 0,
  };
}

export function activeTrace(): TraceIds {
  return idsOf(trace.getActiveSpan());
}

/** Runs `fn` inside a span of its own; a throw marks the span and goes on. */
export async function withSpan<T>(
  name: string,
  attributes: Attributes,
  fn: (span: Span) => Promise<T> | T,
): Promise<T> {
  const span = tracer().startSpan(name, { attributes });
  try {
    return await context.with(trace.setSpan(context.active(), span), fn, undefined, span);
  } catch (error) {
    markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Runs `fn` outside of every trace: for what a request sets off and nobody who reads its trace asks for. */
export function untraced<T>(fn: () => T): T {
  return context.with(ROOT_CONTEXT, fn);
}

/** A span for work that was timed elsewhere (in a worker thread), below the active one. Epoch milliseconds. */
export function recordSpan(
  name: string,
  startEpochMs: number,
  endEpochMs: number,
  attributes: Attributes = {},
): void {
  tracer()
    .startSpan(name, { attributes, startTime: startEpochMs })
    .end(Math.max(startEpochMs, endEpochMs));
}

/** Status and type only: an error's text may hold what a span must not. */
function markFailed(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute(attr.errorType, errorType(error));
}

function errorType(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : error.name;
}

/** The function bound to the trace that is active now, for callbacks of sockets and timers. */
export function inActiveTrace<F extends (...args: never[]) => unknown>(fn: F): F {
  return context.bind(context.active(), fn);
}
