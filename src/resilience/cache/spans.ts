import { context, ROOT_CONTEXT, SpanStatusCode, trace, type SpanContext } from '@opentelemetry/api';
import { attr } from '#telemetry/conventions.ts';
import { tracer } from '#telemetry/tracing.ts';
import type { Found } from './cache.ts';
import type { Flight } from './single-flight.ts';

/**
 * A load has a span of its own: below the caller who began it, or, in the background, a trace of its own
 * that is linked to the request that asked. `flight.span` is set, so that those who join can link it.
 */
export async function inLoadSpan<T>(flight: Flight, work: () => Promise<T>): Promise<T> {
  const { background, query } = flight;
  const asking = background ? trace.getActiveSpan()?.spanContext() : undefined;
  const parent = background ? ROOT_CONTEXT : context.active();
  const attributes = { [attr.cacheName]: query.cache };
  const links = asking === undefined ? [] : [{ context: asking }];
  const span = tracer().startSpan('cache.load', { attributes, links }, parent);
  flight.span = span.spanContext();
  try {
    return await context.with(trace.setSpan(parent, span), work);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    // Type only: a message may hold what a span must not.
    span.setAttribute(attr.errorType, error instanceof Error ? error.name : typeof error);
    throw error;
  } finally {
    span.end();
  }
}

/** On the caller's span: what came of the lookup, and the load that was joined. No keys. */
export function describeLookup(
  cache: string,
  { result, tier, ageMs }: Pick<Found<unknown>, 'result' | 'tier' | 'ageMs'>,
  joined: SpanContext | undefined,
): void {
  const span = trace.getActiveSpan();
  if (span === undefined || !span.isRecording()) return;
  span.setAttributes({
    [attr.cacheName]: cache,
    [attr.cacheResult]: result,
    [attr.cacheTier]: tier,
    [attr.cacheAgeMs]: Math.round(ageMs),
  });
  if (joined !== undefined) span.addLink({ context: joined });
}
