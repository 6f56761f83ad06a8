/** One trace from who sends a job to who works for it, whenever that is. */
import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Link,
  type SpanContext,
  type TextMapGetter,
  type TextMapSetter,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { attr } from '#telemetry/conventions.ts';
import { tracer } from '#telemetry/tracing.ts';

/** Ids alone: what a client puts into baggage does not come to rest in the database. */
const propagator = new W3CTraceContextPropagator();

interface Carrier {
  traceparent?: string;
}

const access: TextMapGetter<Carrier> & TextMapSetter<Carrier> = {
  keys: () => ['traceparent'],
  get: (carrier, key) => (key === 'traceparent' ? carrier.traceparent : undefined),
  set(carrier, key, value) {
    if (key === 'traceparent') carrier.traceparent = value;
  },
};

/** A wait that is worth a link beside the parent. Milliseconds. */
const LONG_WAIT_MS = 300_000;

const messaging = (queue: string, type: 'send' | 'process') => ({
  'messaging.system': 'pg-boss',
  'messaging.destination.name': queue,
  'messaging.operation.type': type,
});

/** A PRODUCER span; `send` stores the carrier with the job. */
export function traceSend<T>(queue: string, send: (carrier: Carrier) => Promise<T>): Promise<T> {
  const options = { kind: SpanKind.PRODUCER, attributes: messaging(queue, 'send') };
  return tracer().startActiveSpan(`send ${queue}`, options, async (span) => {
    const carrier: Carrier = {};
    propagator.inject(context.active(), carrier, access);
    try {
      return await send(carrier);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/**
 * A CONSUMER span in the trace of who sent the job; with a link to it as well after a long wait or an attempt that
 * failed, since then views of one trace alone do not show what belongs together.
 *
 * @param job.data with the carrier of `traceSend`
 * @param work is given what marks the span as failed, for errors that it handles itself
 */
export function traceProcess<T>(
  job: { queue: string; data: Carrier; id: string; retryCount: number; waitMs: number },
  work: (failed: (error: unknown) => void) => Promise<T>,
): Promise<T> {
  const sent = senderOf(job.data);
  const links: Link[] =
    sent !== undefined && (job.retryCount > 0 || job.waitMs > LONG_WAIT_MS)
      ? [{ context: sent }]
      : [];
  const parent = sent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, sent);
  const attributes = {
    ...messaging(job.queue, 'process'),
    'messaging.message.id': job.id,
    'job.retry_count': job.retryCount,
  };
  const options = { kind: SpanKind.CONSUMER, attributes, links };
  return tracer().startActiveSpan(`process ${job.queue}`, options, parent, async (span) => {
    const failed = (error: unknown) => {
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.setAttribute(attr.errorType, error instanceof Error ? error.name : '_OTHER');
    };
    try {
      return await work(failed);
    } catch (error) {
      failed(error);
      throw error;
    } finally {
      span.end();
    }
  });
}

function senderOf({ traceparent }: Carrier): SpanContext | undefined {
  if (typeof traceparent !== 'string') return undefined;
  return trace.getSpanContext(propagator.extract(ROOT_CONTEXT, { traceparent }, access));
}
