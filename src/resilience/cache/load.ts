import { AppError } from '../../errors.ts';
import type { CacheEvents, Clock } from './cache.ts';
import type { Flight } from './single-flight.ts';
import { inLoadSpan } from './spans.ts';

const LONGEST_QUEUE = 1000;

/** The load took longer than its cache allows. */
class LoadTimeout extends Error {
  override readonly name = 'TimeoutError';
}

/**
 * One load, under its deadline; it is not waited for beyond it, nor once nobody wants it.
 *
 * @throws what the load throws, or the reason for which it was given up
 */
export async function runLoad(
  flight: Flight,
  deps: { clock: Clock; events: Pick<CacheEvents, 'loaded'> },
): Promise<{ value: unknown; startedAt: number }> {
  const { clock, events } = deps;
  const { query, controller, background } = flight;
  const { signal } = controller;
  const { loadTimeoutMs } = query.policy;
  const startedAt = clock.nowMs();
  const ended = (outcome: Parameters<CacheEvents['loaded']>[2]) => {
    const mode = background ? 'refresh' : 'foreground';
    events.loaded(query.cache, mode, outcome, (clock.nowMs() - startedAt) / 1000);
  };
  signal.throwIfAborted();
  const givenUp = Promise.withResolvers<never>();
  const giveUp = () => givenUp.reject(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  const cancelTimer = clock.after(loadTimeoutMs, () => {
    controller.abort(new LoadTimeout(`A load took more than ${loadTimeoutMs} ms.`));
  });
  try {
    const value = await inLoadSpan(flight, () =>
      Promise.race([query.load(signal), givenUp.promise]),
    );
    ended(value === undefined ? 'absent' : 'found');
    return { value, startedAt };
  } catch (error) {
    ended(wasGivenUp(flight) ? 'cancelled' : 'failed');
    throw error;
  } finally {
    cancelTimer();
    signal.removeEventListener('abort', giveUp);
  }
}

/** Whether it was the waiting that ended, not the work that failed. */
export function wasGivenUp({ controller: { signal } }: Flight): boolean {
  return signal.aborted && !(signal.reason instanceof LoadTimeout);
}

export type Gate = ReturnType<typeof createGate>;

/** Runs so many at a time; the others wait, as long as their signal lets them. */
export function createGate(limit: number) {
  let free = limit;
  const waiting = new Set<() => void>();

  const turn = (signal: AbortSignal): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = () => {
      if (waiting.delete(resolve)) reject(signal.reason);
    };
    waiting.add(resolve);
    signal.addEventListener('abort', leave, { once: true });
    return promise.finally(() => signal.removeEventListener('abort', leave));
  };

  /**
   * @throws {AppError} SERVICE_UNAVAILABLE when too many wait
   * @throws the signal's reason, at once; its place is free then
   */
  return async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    signal.throwIfAborted();
    if (waiting.size >= LONGEST_QUEUE) {
      throw new AppError('SERVICE_UNAVAILABLE', 'Too much work is waiting.', { retryAfter: 1 });
    }
    if (free > 0) free -= 1;
    else await turn(signal);
    try {
      return await work();
    } finally {
      const [next] = waiting;
      if (next === undefined) free += 1;
      else {
        waiting.delete(next);
        next();
      }
    }
  };
}
