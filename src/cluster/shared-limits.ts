/**
 * Limits of several processes without Redis: the primary counts for all, in the memory store of one process, so
 * that a quota is a quota over all of them. It is asked like Redis, and where it does not answer in time each
 * process goes on with its share, as without Redis (`rate-limiter.ts`).
 */
import { LRUCache } from 'lru-cache';
import type { MemoryStore } from '../resilience/rate-limit/memory-store.ts';
import type { Readings } from '../resilience/rate-limit/readings.ts';
import type { RedisStore } from '../resilience/rate-limit/redis-store.ts';
import { nameOf, type Subject } from '../resilience/rate-limit/subject.ts';
import type { Channel, Handlers } from './channel.ts';

/** Subjects of which is remembered that an operator reset them. */
const MOST_RESETS = 10_000;

interface Take {
  subject: Subject;
  cost: number;
  requests: number;
  write: boolean;
}

/** What the primary answers. */
export function createSharedLimits(deps: {
  memory: MemoryStore;
  monotonicMs: () => number;
}): Handlers {
  const { memory, monotonicMs } = deps;
  const resets = new LRUCache<string, number>({ max: MOST_RESETS });
  return {
    'limits.take': ({ subject, cost, requests, write }: Take): Readings[] => {
      const decide = write ? memory.take : memory.look;
      const now = monotonicMs();
      return Array.from({ length: requests }, () => decide(subject, cost, subject.set.quotas, now));
    },
    'limits.reset': (subject: Subject): void => {
      const now = monotonicMs();
      memory.reset(subject, now);
      resets.set(nameOf(subject), now);
    },
    'limits.reset_age': (subject: Subject): number | null => {
      const at = resets.get(nameOf(subject));
      const age = at === undefined ? Infinity : monotonicMs() - at;
      return age < subject.set.longestWindowMs ? age : null;
    },
  };
}

/** The same for a process that asks. */
export function limitsOver(channel: Pick<Channel, 'ask'>): RedisStore {
  return {
    take: (subject, cost, requests, write) =>
      channel.ask('limits.take', { subject, cost, requests, write } satisfies Take),
    reset: (subject) => channel.ask('limits.reset', subject),
    resetAgeMs: (subject) => channel.ask('limits.reset_age', subject),
  };
}
