import type { CircuitBreaker } from './circuit-breaker.ts';

/** Named as AbortSignal.timeout names it. */
class DeadlineExceeded extends Error {
  override readonly name = 'TimeoutError';
}

/** Makes a call through its breaker; its signal aborts when the time is up. */
export type Guard = <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/**
 * A guard whose calls end after `ms`, whatever they wait for: the client's own limit may not hold for
 * a command that was never sent. An event loop that was busy for longer than that first reads what
 * has come in meanwhile: that nobody looked is no failure of the store.
 */
export function withinDeadline(breaker: CircuitBreaker, ms: number): Guard {
  return (work) =>
    breaker.execute(async () => {
      const controller = new AbortController();
      const late = Promise.withResolvers<never>();
      const giveUp = () => {
        const error = new DeadlineExceeded(`No answer within ${ms} ms.`);
        controller.abort(error);
        late.reject(error);
      };
      let unread: NodeJS.Immediate | undefined;
      const timer = setTimeout(() => {
        unread = setImmediate(giveUp);
      }, ms);
      try {
        return await Promise.race([work(controller.signal), late.promise]);
      } finally {
        clearTimeout(timer);
        clearImmediate(unread);
      }
    });
}
