/** What a process of several knows of the others, through the one that started them (`compose/primary.ts`). */
import type { RedisStore } from '../resilience/rate-limit/redis-store.ts';
import { createDeadlines } from '../time/deadlines.ts';
import type { Channel } from './channel.ts';
import { limitsOver } from './shared-limits.ts';

/** What all processes are told of. */
export type Topic = 'cache.invalidated' | 'circuit_breaker.forced';

export interface Peers {
  /** Others answer requests already: this one listens once it is ready, so that nobody meets its start. */
  areServing: boolean;
  /** Limits that the primary counts for all, where there is no Redis. */
  limits: RedisStore;
  /** Resolves once every other process has heard it, or is late: then after so many milliseconds. Never rejects. */
  tell: (topic: Topic, text: string) => Promise<void>;
  /** What another process told; one listener a topic. */
  hear: (topic: Topic, listener: (text: string) => void) => void;
}

/**
 * Longer than for Redis: the primary is on this machine and lives as long as this process, so that waiting is
 * better than to decide alone, which may admit more.
 */
const LIMITS_MS = 500;
/** A process that hears nothing for so long is busy with itself, and hears it when it reads again. */
const TELL_MS = 250;

export function createPeers(channel: Channel, areServing: boolean): Peers & { told: Told } {
  const hearing = createDeadlines(TELL_MS);
  const listeners = new Map<Topic, (text: string) => void>();
  return {
    areServing,
    limits: limitsOver(channel, createDeadlines(LIMITS_MS)),
    async tell(topic, text) {
      await channel.ask('tell', { topic, text }, hearing).catch(() => undefined);
    },
    hear: (topic, listener) => void listeners.set(topic, listener),
    told: ({ topic, text }) => listeners.get(topic)?.(text),
  };
}

export type Told = (what: { topic: Topic; text: string }) => void;
