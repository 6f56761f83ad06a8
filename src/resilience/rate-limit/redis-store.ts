/** The windows in Redis, shared by all processes. Every error is the caller's to handle. */
import type { Redis } from 'ioredis';
import { createScript, runScript } from '../../storage/redis/run-script.ts';
import type { Readings } from './readings.ts';
import { script } from './script.ts';
import type { Subject } from './subject.ts';

const windows = createScript(script);

export interface RedisStore {
  /**
   * Decides all policies of the subject in one round trip and counts what it admits, or only looks.
   * A server that lost its scripts costs a second one, and nothing is counted twice.
   */
  take: (subject: Subject, cost: number, write: boolean) => Promise<Readings>;
  reset: (subject: Subject) => Promise<void>;
  /** @returns how long ago the subject was reset, or null when it was not within its longest window */
  resetAgeMs: (subject: Subject) => Promise<number | null>;
}

/** @param deps.client a connection of the limiter's own that never resends (`createRedis`) */
export function createRedisStore(deps: {
  client: Pick<Redis, 'evalsha' | 'eval' | 'multi' | 'pttl' | 'on'>;
  /** The connection was lost: what Redis held may be lost too. */
  onLost?: () => void;
}): RedisStore {
  const { client, onLost } = deps;
  if (onLost !== undefined) client.on('close', onLost);
  return {
    async take(subject, cost, write) {
      const args = [cost, write ? 1 : 0, ...subject.set.scriptArguments];
      return (await runScript(client, windows, subject.keys, args)) as Readings;
    },
    async reset(subject) {
      const { longestWindowMs } = subject.set;
      await client
        .multi()
        .del(...subject.keys)
        .set(markOf(subject), '', 'PX', longestWindowMs)
        .exec();
    },
    async resetAgeMs(subject) {
      const left = await client.pttl(markOf(subject));
      return left < 0 ? null : subject.set.longestWindowMs - left;
    },
  };
}

/** Tells other processes that what they remember was reset, not lost. In the slot of the windows. */
function markOf(subject: Subject): string {
  return `${subject.keys[0]}:reset`;
}
