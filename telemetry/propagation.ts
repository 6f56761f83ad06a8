import {
  propagation,
  trace,
  type Baggage,
  type Context,
  type TextMapPropagator,
} from '@opentelemetry/api';
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';

/** What a caller may say of itself, and how such a value may look; everything else is dropped. */
const ALLOWED_BAGGAGE = ['tenant.tier'];
const ALLOWED_VALUE = /^[A-Za-z0-9_-]{1,32}$/;

/** W3C trace context and baggage for a public edge: ids are taken over, foreign content is not. */
export function edgePropagator(): TextMapPropagator {
  const inner = new CompositePropagator({
    propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
  });
  return {
    inject: (context, carrier, setter) => inner.inject(context, carrier, setter),
    extract: (context, carrier, getter) => filter(inner.extract(context, carrier, getter)),
    fields: () => inner.fields(),
  };
}

function filter(context: Context): Context {
  const remote = trace.getSpanContext(context);
  const baggage = propagation.getBaggage(context);
  let filtered = context;
  if (remote?.traceState !== undefined) {
    const { traceState: _, ...ids } = remote;
    filtered = trace.setSpanContext(filtered, ids);
  }
  if (baggage !== undefined) filtered = propagation.setBaggage(filtered, allowed(baggage));
  return filtered;
}

function allowed(baggage: Baggage): Baggage {
  const entries = ALLOWED_BAGGAGE.flatMap((key) => {
    const value = baggage.getEntry(key)?.value;
    return value !== undefined && ALLOWED_VALUE.test(value) ? [[key, { value }] as const] : [];
  });
  return propagation.createBaggage(Object.fromEntries(entries));
}
