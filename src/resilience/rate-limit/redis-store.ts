/** The windows in Redis, shared by all processes. Every error is the caller's to handle. */
import type { Redis } from 'ioredis';
import type { Readings } from './decision.ts';
import { script, scriptSha } from './script.ts';
import type { Subject } from './subject.ts';

export interface RedisStore {
  /**
   * Decides all policies of the subject in one round trip and counts what it admits, or only looks.
   * A server that lost its scripts costs a second one, and nothing is counted twice.
   */
  take: (subject: Subject, cost: number, write: boolean, signal: AbortSignal) => Promise<Readings>;
  reset: (subject: Subject, signal: AbortSignal) => Promise<void>;
}

/** @param deps.client a connection of the limiter's own that never resends (`createRedis`) */
export function createRedisStore(deps: {
  client: Pick<Redis, 'evalsha' | 'eval' | 'del' | 'on'>;
  /** The connection was lost: what Redis held may be lost too. */
  onLost?: () => void;
}): RedisStore {
  const { client, onLost } = deps;
  if (onLost !== undefined) client.on('close', onLost);
  return {
    async take(subject, cost, write, signal) {
      signal.throwIfAborted();
      const args = [...subject.keys, cost, write ? 1 : 0, ...subject.set.scriptArguments];
      const readings = await orAborted(
        client.evalsha(scriptSha, subject.keys.length, ...args).catch((error: unknown) => {
          // It says that nothing was run.
          if (!isUnknownScript(error) || signal.aborted) throw error;
          return client.eval(script, subject.keys.length, ...args);
        }),
        signal,
      );
      return readings as Readings;
    },
    async reset(subject, signal) {
      signal.throwIfAborted();
      await orAborted(client.del(...subject.keys), signal);
    },
  };
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

/** The reply of a call that was given up comes to nobody. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    const settled = () => signal.removeEventListener('abort', abort);
    signal.addEventListener('abort', abort);
    work.then(
      (value) => {
        settled();
        resolve(value);
      },
      (error: Error) => {
        settled();
        reject(error);
      },
    );
  });
}
