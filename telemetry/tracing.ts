/** Spans of our own. Without the SDK everything here is a no-op and the ids are zeros. */
import {
  context,
  createContextKey,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
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

/** Runs `fn` outside of every trace: for what a request sets off and nobody who reads its trace asks for. */
export function untraced<T>(fn: () => T): T {
  return context.with(ROOT_CONTEXT, fn);
}

const sending = createContextKey('sending of log lines');

/** Runs what sends log lines: without a span, and outside of the trace of whoever logged. */
export function whileSending<T>(run: () => T): T {
  return context.with(suppressTracing(ROOT_CONTEXT).setValue(sending, true), run);
}

/** Whether this is part of it: a line about that would be sent, and be told of again. */
export function isSending(): boolean {
  return context.active().getValue(sending) === true;
}

const script = createContextKey('script of Redis');

/** Gives a script of Redis its name: a span by the instrumentation knows only its digest. */
export function inScript<T>(name: string, run: () => T): T {
  if (trace.getActiveSpan()?.isRecording() !== true) return run();
  return context.with(context.active().setValue(script, name), run);
}

export function activeScript(): string | undefined {
  return context.active().getValue(script) as string | undefined;
}

/**
 * A span for work that was timed elsewhere (in a worker thread), below the active one. Epoch milliseconds.
 * With an `error.type` among its attributes it has failed.
 */
export function recordSpan(
  name: string,
  startEpochMs: number,
  endEpochMs: number,
  attributes: Attributes = {},
): void {
  const span = tracer().startSpan(name, { attributes, startTime: startEpochMs });
  if (attr.errorType in attributes) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(Math.max(startEpochMs, endEpochMs));
}
