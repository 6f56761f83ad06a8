/** Counts kept as plain numbers between two scrapes, for what happens several times in every request. */
import type * as prom from 'prom-client';
import type { TraceIds } from './tracing.ts';

export interface Tally {
  /**
   * A number to count (counter, gauge) or a value to put into its bucket (histogram).
   *
   * @param trace whose exemplar a value becomes if it is sampled
   */
  add: (value: number, trace?: TraceIds) => void;
  /** Hands what was added to the client's own series; called at each scrape. */
  flush: () => void;
}

interface Tallies {
  of: (labels: Record<string, string>) => Tally['add'];
  flush: () => void;
}

/** One tally for each label set, however often it is asked for: their number is that of the series. */
export function createTallies(make: (labels: Record<string, string>) => Tally): Tallies {
  const made = new Map<string, Tally>();
  return {
    of(labels: Record<string, string>): Tally['add'] {
      const key = JSON.stringify(labels);
      const tally = made.get(key) ?? make(labels);
      made.set(key, tally);
      return tally.add;
    },
    flush() {
      for (const tally of made.values()) tally.flush();
    },
  };
}

/** Adds to a counter or gauge once a scrape what was counted since. */
export function sumTally(client: prom.Counter | prom.Gauge, labels: Record<string, string>): Tally {
  let sum = 0;
  return {
    add(by) {
      sum += by;
    },
    flush() {
      client.inc(labels, sum);
      sum = 0;
    },
  };
}

/** What prom-client keeps for each label set; each value counts in the first bucket that holds it. */
interface Observed {
  labels: Record<string, string>;
  bucketValues: Record<number, number>;
  bucketExemplars: Record<number, Exemplar | null>;
  sum: number;
  count: number;
}

interface Exemplar {
  labelSet: Record<string, string>;
  value: number;
  /** Seconds since the epoch. */
  timestamp: number;
}

/** prom-client's name for the bucket of all that is larger than the largest bound. */
const BEYOND = -1;

export function histogramTally(
  client: prom.Histogram,
  labels: Record<string, string>,
  bounds: readonly number[],
): Tally {
  const counts = new Float64Array(bounds.length + 1);
  /** By bucket, with holes. */
  let newest: { trace: TraceIds; value: number; at: number }[] = [];
  let observed: Observed | undefined;
  let sum = 0;
  return {
    add(value, trace) {
      if (!Number.isFinite(value)) return;
      let i = 0;
      while (i < bounds.length && value > (bounds[i] as number)) i += 1;
      counts[i] = (counts[i] as number) + 1;
      sum += value;
      if (trace?.sampled === true) newest[i] = { trace, value, at: Date.now() };
    },
    flush() {
      observed ??= childOf(client, labels);
      const child = observed;
      child.sum += sum;
      child.count += counts.reduce((total, count) => total + count, 0);
      bounds.forEach((bound, i) => {
        child.bucketValues[bound] = (child.bucketValues[bound] ?? 0) + (counts[i] ?? 0);
      });
      newest.forEach(({ trace, value, at }, i) => {
        child.bucketExemplars[bounds[i] ?? BEYOND] = {
          labelSet: { trace_id: trace.traceId, span_id: trace.spanId },
          value,
          timestamp: at / 1000,
        };
      });
      counts.fill(0);
      newest = [];
      sum = 0;
    },
  };
}

/** The series of these labels, made where there is none. */
export function childOf(client: prom.Histogram, labels: Record<string, string>): Observed {
  const { hashMap } = client as unknown as { hashMap: Record<string, Observed> };
  const wanted = Object.entries(labels);
  const find = () =>
    Object.values(hashMap).find((known) =>
      wanted.every(([name, value]) => known.labels[name] === value),
    );
  if (find() === undefined) client.zero(labels);
  return find() as Observed;
}
