/**
 * Where the time of a request went. Whoever does a part of the work adds to it, however deep below the
 * handler; what runs side by side adds up, so the parts may exceed the whole.
 */
import { context, createContextKey, type Context } from '@opentelemetry/api';

const KEY = createContextKey('times of a request');

/** `wait` is for a connection of the pool; the engine's own queue is what no part explains. */
export const timeKinds = ['wait', 'sql', 'redis', 'engine'] as const;
export type TimeKind = (typeof timeKinds)[number];

/** Milliseconds. */
export type Times = Record<TimeKind, number>;

export const noTimes = (): Times => ({ wait: 0, sql: 0, redis: 0, engine: 0 });

export function withTimes(above: Context, times: Times): Context {
  return above.setValue(KEY, times);
}

/** Of the request that is worked for; undefined outside of any. */
export function activeTimes(): Times | undefined {
  return context.active().getValue(KEY) as Times | undefined;
}

export function addTime(kind: TimeKind, ms: number): void {
  const times = activeTimes();
  if (times !== undefined) times[kind] += ms;
}
