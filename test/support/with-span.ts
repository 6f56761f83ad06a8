import { context, trace, type Attributes, type Span } from '@opentelemetry/api';
import { tracer } from '#telemetry/tracing.ts';

/** Runs `fn` inside a span, as a request is. */
export async function withSpan<T>(
  name: string,
  attributes: Attributes,
  fn: (span: Span) => Promise<T> | T,
): Promise<T> {
  const span = tracer().startSpan(name, { attributes });
  try {
    return await context.with(trace.setSpan(context.active(), span), fn, undefined, span);
  } finally {
    span.end();
  }
}
