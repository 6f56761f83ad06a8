/**
 * Redis is back: first it is told what it does not know.
 *
 * Why: while Redis is silent each process admits its share by itself, and a Redis that started anew holds nothing.
 * If all simply asked it again, a client would have its quota once more within the same window.
 *
 * How: a process whose Redis failed, or whose connection was lost, tries until there is an answer. Then it adds what it
 * admitted alone to the windows in Redis, at the times at which it did; or all that it admitted, where Redis does not hold
 * any more what it held. Until then, and for as long as the others need for the same, it admits no more than its share,
 * though Redis has room.
 *
 * Bounds: of the subjects that were asked about last, as many as the limiter remembers answers for. What a process
 * admitted that was killed meanwhile is not told. A request whose answer was lost is not added: Redis may have counted it.
 */
import type { LastAnswer } from './fallback.ts';
import type { MemoryStore } from './memory-store.ts';
import type { Policy } from './policy.ts';
import { usedOf } from './readings.ts';
import type { Identity, Reconcilable } from './redis-store.ts';

/** Between two attempts while Redis is away. */
const RETRY_MS = 200;
/** Processes come back within this of each other: they connect anew every 0.2 s, and tell at once. */
const SETTLE_MS = 500;
/** Windows added to at a time. */
const AT_ONCE = 500;

export interface Reconciliation {
  /** Redis failed, or the connection was lost. */
  begin: () => void;
  /** There is a connection. */
  connected: () => void;
  /** Milliseconds until Redis decides alone; 0: it does; Infinity: it was not told yet. */
  leftMs: (now: number) => number;
  end: () => void;
}

export interface ReconciliationDeps {
  store: Reconcilable;
  memory: Pick<MemoryStore, 'look' | 'newest'>;
  answers: () => Iterable<LastAnswer>;
  monotonicMs: () => number;
  /** Calls once, later; must not keep the process alive. */
  later: (ms: number, work: () => void) => void;
}

export function createReconciliation(deps: ReconciliationDeps): Reconciliation {
  const { store, memory, answers, monotonicMs, later } = deps;
  /** Of Redis when it answered last. */
  let known: Identity | undefined;
  let isOpen = false;
  let isTelling = false;
  let hasFailed = false;
  let hasEnded = false;
  let isDue = false;
  let settledAt = Number.NEGATIVE_INFINITY;

  /** All that was admitted here: the others tell what was there. Windows that subjects share are told once. */
  const oweAll = (now: number) => {
    const told = new Set<string>();
    for (const last of answers()) {
      const { subject, pending, owed, alone, aloneUntil } = last;
      const held = memory.look(subject, 0, subject.set.quotas, now);
      for (const [i, key] of subject.keys.entries()) {
        const own = Math.max(0, usedOf(held, i) - (pending[i] as number));
        const amount = told.has(key) ? 0 : own;
        owed[i] = amount;
        alone[i] = amount;
        aloneUntil[i] = now + (subject.set.policies[i] as Policy).windowMs;
        told.add(key);
      }
    }
  };

  const tell = async (last: LastAnswer, i: number) => {
    const amount = last.owed[i] as number;
    const counted = memory.newest(last.subject, i, amount, monotonicMs());
    last.owed[i] = 0;
    try {
      if (counted.length > 0) await store.add(last.subject, i, counted);
    } catch (error) {
      last.owed[i] = amount + (last.owed[i] ?? 0);
      throw error;
    }
    last.alone[i] = Math.max(0, (last.alone[i] as number) - amount);
  };

  const tellAll = async () => {
    const owing = [...answers()].flatMap((last) =>
      last.owed.flatMap((amount, i) => (amount > 0 ? [() => tell(last, i)] : [])),
    );
    for (let from = 0; from < owing.length; from += AT_ONCE) {
      await Promise.all(owing.slice(from, from + AT_ONCE).map((work) => work()));
    }
  };

  const attemptLater = () => {
    if (isDue) return;
    isDue = true;
    later(RETRY_MS, () => {
      isDue = false;
      void attempt();
    });
  };

  const attempt = async () => {
    if (isTelling || hasEnded) return;
    isTelling = true;
    hasFailed = false;
    try {
      const found = await store.identity();
      if (isLost(known, found)) oweAll(monotonicMs());
      known = found;
      if (isOpen) await tellAll();
      if (isOpen && !hasFailed) {
        isOpen = false;
        settledAt = monotonicMs() + SETTLE_MS;
      }
    } catch {
      // What uses Redis says so.
    } finally {
      isTelling = false;
    }
    if (isOpen) attemptLater();
  };

  return {
    begin() {
      hasFailed = true;
      if (isOpen || hasEnded) return;
      isOpen = true;
      attemptLater();
    },
    connected: () => void attempt(),
    leftMs: (now) => (isOpen ? Number.POSITIVE_INFINITY : Math.max(0, settledAt - now)),
    end() {
      hasEnded = true;
    },
  };
}

function isLost(before: Identity | undefined, now: Identity): boolean {
  return before !== undefined && before.data !== now.data && before.server !== now.server;
}
