/**
 * One scrape for all processes: counters and histograms are summed, gauges combined as they declare.
 *
 * What a process counted stays when it ends, so that no counter falls: as it said last, which is its end where it
 * ends by itself, and else the last scrape. A process that does not answer in time stands as it was. Gauges are of
 * those that answer requests: one that only starts takes no traffic, and is no reason for an alert.
 */
import { combineFamilies, countsOf } from '#telemetry/combine-families.ts';
import type { Family } from '#telemetry/exposition.ts';

export interface Scrape<P> {
  began: (process: P) => void;
  /** The last that it has to say. */
  said: (process: P, families: Family[]) => void;
  ended: (process: P) => void;
  collect: () => Promise<Family[]>;
}

export function createScrape<P>(deps: {
  /** Of this process. */
  own: () => Promise<Family[]>;
  ask: (process: P) => Promise<Family[]>;
  isServing: (process: P) => boolean;
  /** One did not answer. */
  failed: () => void;
}): Scrape<P> {
  const last = new Map<P, Family[]>();
  /** As large as the families of one process: labels are bounded. */
  let departed: Family[] = [];

  const said = (process: P, families: Family[]) => {
    if (last.has(process)) last.set(process, families);
  };
  const ask = async (process: P) => {
    try {
      said(process, await deps.ask(process));
    } catch {
      // Whoever ended meanwhile is no failure.
      if (last.has(process)) deps.failed();
    }
  };

  return {
    began: (process) => void last.set(process, []),
    said,
    ended(process) {
      departed = combineFamilies([departed, countsOf(last.get(process) ?? [])]);
      last.delete(process);
    },
    async collect() {
      await Promise.all([...last.keys()].map(ask));
      const own = await deps.own();
      // From here on nothing waits: a process that ends is either in the one or in the other.
      const serving = [...last.keys()].filter(deps.isServing);
      const isShown = (process: P) => serving.length === 0 || serving.includes(process);
      const parts = [...last].map(([process, families]) =>
        isShown(process) ? families : countsOf(families),
      );
      return combineFamilies([own, departed, ...parts]);
    },
  };
}
