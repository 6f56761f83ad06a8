/**
 * Limits of several processes without Redis: the primary counts for all, in the memory store of one process, so
 * that a quota is a quota over all of them. It is asked like Redis, and where it does not answer in time each
 * process goes on with its share, as without Redis (`rate-limiter.ts`).
 */
import { LRUCache } from 'lru-cache';
import type { Counted, MemoryStore } from '../resilience/rate-limit/memory-store.ts';
import type { Readings } from '../resilience/rate-limit/readings.ts';
import type { RedisStore } from '../resilience/rate-limit/redis-store.ts';
import type { Subject } from '../resilience/rate-limit/subject.ts';
import type { Deadlines } from '../time/deadlines.ts';
import type { Channel, Handlers } from './channel.ts';

/** Subjects of which is remembered that an operator reset them. */
const MOST_RESETS = 10_000;

/** What the primary answers. */
export function createSharedLimits(deps: {
  memory: Pick<MemoryStore, 'take' | 'look' | 'reset'>;
  monotonicMs: () => number;
}): Handlers {
  const { memory, monotonicMs } = deps;
  const resets = new LRUCache<string, number>({ max: MOST_RESETS });
  return {
    'limits.take': ([cost = 1, requests = 1, write = 1, ...packed]: number[]): Readings[] => {
      const subject = unpack(packed);
      const decide = write === 1 ? memory.take : memory.look;
      const now = monotonicMs();
      return Array.from({ length: requests }, () => decide(subject, cost, subject.set.quotas, now));
    },
    'limits.reset': (packed: number[]): void => {
      const now = monotonicMs();
      const subject = unpack(packed);
      memory.reset(subject, now);
      resets.set(nameOf(subject), now);
    },
    'limits.reset_age': (packed: number[]): number | null => {
      const subject = unpack(packed);
      const at = resets.get(nameOf(subject));
      const age = at === undefined ? Infinity : monotonicMs() - at;
      return subject.set.policies.some(({ windowMs }) => age < windowMs) ? age : null;
    },
  };
}

/** The same for a process that asks. @param within how long it waits */
export function limitsOver(channel: Pick<Channel, 'ask'>, within: Deadlines): RedisStore {
  return {
    take: (subject, cost, requests, write) =>
      channel.ask('limits.take', [cost, requests, Number(write), ...pack(subject)], within),
    reset: (subject) => channel.ask('limits.reset', pack(subject), within),
    resetAgeMs: (subject) => channel.ask('limits.reset_age', pack(subject), within),
  };
}

/** Numbers of a policy: they are copied in a twentieth of the time of objects, and each request asks. */
const WIDTH = 7;

function pack({ lows, highs, set }: Subject): number[] {
  return set.policies.flatMap(({ windowMs }, i) => [
    lows[i] ?? 0,
    highs[i] ?? 0,
    set.salts[i] ?? 0,
    set.quotas[i] ?? 0,
    windowMs,
    Number(set.enforced[i]),
    Number(set.charged[i]),
  ]);
}

function unpack(packed: readonly number[]): Counted {
  const column = (at: number) => packed.filter((_, i) => i % WIDTH === at);
  const isSet = (number: number) => number === 1;
  return {
    lows: column(0),
    highs: column(1),
    set: {
      salts: column(2),
      quotas: column(3),
      // What becomes of it without the primary is decided by who asks.
      policies: column(4).map((windowMs) => ({ windowMs, onStoreError: 'fallback' })),
      enforced: column(5).map(isSet),
      charged: column(6).map(isSet),
    },
  };
}

function nameOf({ lows, highs }: Counted): string {
  return `${lows[0]} ${highs[0]}`;
}
