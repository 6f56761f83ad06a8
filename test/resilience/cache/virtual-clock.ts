import type { Clock } from '#src/resilience/cache/cache.ts';

export interface VirtualClock extends Clock {
  /** Runs what is due on the way, and lets promises settle in between. */
  advance: (ms: number) => Promise<void>;
  readonly timers: number;
}

/** Time that passes when a test says so. */
export function virtualClock(startMs = 1_000_000): VirtualClock {
  let now = startMs;
  let order = 0;
  const timers = new Map<number, { at: number; run: () => void }>();
  const next = () =>
    [...timers.entries()]
      .sort(([a, x], [b, y]) => x.at - y.at || a - b)
      .find(([, t]) => t.at <= now);
  return {
    nowMs: () => now,
    after(ms, run) {
      const id = order++;
      timers.set(id, { at: now + ms, run });
      return () => timers.delete(id);
    },
    async advance(ms) {
      const until = now + ms;
      await settled();
      for (;;) {
        const [soonest = Infinity] = [...timers.values()].map(({ at }) => at).sort((a, b) => a - b);
        now = Math.max(now, Math.min(until, soonest));
        const due = next();
        if (due === undefined) break;
        timers.delete(due[0]);
        due[1].run();
        await settled();
      }
    },
    get timers() {
      return timers.size;
    },
  };
}

/** Lets everything that waits only for promises go on. */
export async function settled(rounds = 1): Promise<void> {
  for (let i = 0; i < rounds; i++) await new Promise(setImmediate);
}
