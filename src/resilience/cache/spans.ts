import {
  context,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Link,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import { attr } from '#telemetry/conventions.ts';
import { tracer } from '#telemetry/tracing.ts';
import type { Found } from './cache.ts';

/**
 * A load has a span of its own: below the caller who began it, or, in the background, a trace of its own
 * that is linked to the request that asked.
 *
 * @param begun is told the span, so that those who join can link it
 */
export async function inLoadSpan<T>(
  cache: string,
  background: boolean,
  begun: (span: SpanContext) => void,
  work: () => Promise<T>,
): Promise<T> {
  const asking = trace.getActiveSpan();
  const links: Link[] =
    background && asking !== undefined ? [{ context: asking.spanContext() }] : [];
  const parent = background ? ROOT_CONTEXT : context.active();
  const span = tracer().startSpan(
    'cache.load',
    { attributes: { [attr.cacheName]: cache }, links },
    parent,
  );
  begun(span.spanContext());
  try {
    return await context.with(trace.setSpan(parent, span), work);
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Type only: a message may hold what a span must not. */
function fail(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute(attr.errorType, error instanceof Error ? error.name : typeof error);
}

/** On the caller's span: what came of the look-up, and the load that was joined. No keys. */
export function describeLookup(
  cache: string,
  found: Pick<Found<unknown>, 'result' | 'tier' | 'ageMs'>,
  joined: SpanContext | undefined,
): void {
  const span = trace.getActiveSpan();
  if (span === undefined || !span.isRecording()) return;
  span.setAttributes({
    [attr.cacheName]: cache,
    [attr.cacheResult]: found.result,
    [attr.cacheTier]: found.tier,
    [attr.cacheAgeMs]: Math.round(found.ageMs),
  });
  if (joined !== undefined) span.addLink({ context: joined });
}
