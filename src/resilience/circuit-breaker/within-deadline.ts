import { DependencyError } from '../../errors.ts';
import { createDeadlines, type EventLoop } from '../../time/deadlines.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';

/** Named as AbortSignal.timeout names it. */
class DeadlineExceeded extends DependencyError {
  override readonly name = 'TimeoutError';
}

/** Makes a call through its breaker, under its deadline. */
export type Guard = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * A guard whose calls end after `ms`, whatever they wait for: the client's own limit may not hold for
 * a command that was never sent. Only time in which this process could read an answer counts (see
 * `time/deadlines.ts`): that nobody looked is no failure of the store.
 */
export function withinDeadline(breaker: CircuitBreaker, ms: number, loop?: EventLoop): Guard {
  const deadlines = createDeadlines(ms, loop);
  const late = () =>
    new DeadlineExceeded(breaker.dependency, 'timeout', `No answer within ${ms} ms.`);
  return (work) =>
    breaker.execute(
      () =>
        new Promise((resolve, reject) => {
          const wait = deadlines.begin(() => reject(late()));
          try {
            work().then(
              (value) => {
                deadlines.end(wait);
                resolve(value);
              },
              (error: Error) => {
                deadlines.end(wait);
                reject(error);
              },
            );
          } catch (error) {
            deadlines.end(wait);
            throw error;
          }
        }),
    );
}
