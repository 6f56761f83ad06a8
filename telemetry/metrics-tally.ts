/** Counts kept as plain numbers between two scrapes, for what happens several times in every request. */
import type * as prom from 'prom-client';

export interface Tally {
  /** A number to count (counter) or a value to put into its bucket (histogram). */
  add: (value: number) => void;
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

export function counterTally(client: prom.Counter, labels: Record<string, string>): Tally {
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
  sum: number;
  count: number;
}

export function histogramTally(
  client: prom.Histogram,
  labels: Record<string, string>,
  bounds: readonly number[],
): Tally {
  const counts = new Float64Array(bounds.length + 1);
  let sum = 0;
  return {
    add(value) {
      if (!Number.isFinite(value)) return;
      let i = 0;
      while (i < bounds.length && value > (bounds[i] as number)) i += 1;
      counts[i] = (counts[i] as number) + 1;
      sum += value;
    },
    flush() {
      const observed = childOf(client, labels);
      observed.sum += sum;
      observed.count += counts.reduce((total, count) => total + count, 0);
      bounds.forEach((bound, i) => {
        observed.bucketValues[bound] = (observed.bucketValues[bound] ?? 0) + (counts[i] ?? 0);
      });
      counts.fill(0);
      sum = 0;
    },
  };
}

/** The series of these labels, made where there is none. */
export function childOf(client: prom.Histogram, labels: Record<string, string>): Observed {
  const { hashMap } = client as unknown as { hashMap: Record<string, Observed> };
  const find = () =>
    Object.values(hashMap).find((known) =>
      Object.entries(labels).every(([name, value]) => known.labels[name] === value),
    );
  if (find() === undefined) client.zero(labels);
  return find() as Observed;
}
