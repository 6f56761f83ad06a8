/** Spans of our own. Without the SDK everything here is a no-op and the ids are zeros. */
import {
  context,
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type Attributes,
  type Span,
  type Tracer,
} from '@opentelemetry/api';

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
