import { AppError } from '../../errors.ts';

export interface Gate {
  /** @throws {AppError} SERVICE_UNAVAILABLE when too many wait; the signal's reason when it aborts first */
  run: <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;
}

/** So many at a time, so many more that wait. */
export function createGate(limit: number, longestQueue: number): Gate {
  let running = 0;
  const waiting = new Set<() => void>();

  const enter = (signal: AbortSignal): Promise<void> => {
    if (running < limit) {
      running += 1;
      return Promise.resolve();
    }
    if (waiting.size >= longestQueue) {
      throw new AppError('SERVICE_UNAVAILABLE', 'Too much work is waiting.', { retryAfter: 1 });
    }
    const turn = Promise.withResolvers<void>();
    const leave = () => {
      waiting.delete(admit);
      turn.reject(signal.reason);
    };
    const admit = () => {
      signal.removeEventListener('abort', leave);
      turn.resolve();
    };
    waiting.add(admit);
    signal.addEventListener('abort', leave, { once: true });
    return turn.promise;
  };
  const exit = () => {
    const [next] = waiting;
    if (next === undefined) {
      running -= 1;
      return;
    }
    // Its place is handed on.
    waiting.delete(next);
    next();
  };

  return {
    async run(work, signal) {
      signal.throwIfAborted();
      await enter(signal);
      try {
        return await work();
      } finally {
        exit();
      }
    },
  };
}
