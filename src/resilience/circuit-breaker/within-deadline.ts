import { DependencyError } from '../../errors.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';

/** Named as AbortSignal.timeout names it. */
class DeadlineExceeded extends DependencyError {
  override readonly name = 'TimeoutError';
}

/** Makes a call through its breaker, under its deadline. */
export type Guard = <T>(work: () => Promise<T>) => Promise<T>;

interface Waiting {
  endsAt: number;
  ended: boolean;
  giveUp: () => void;
}

/**
 * A guard whose calls end after `ms`, whatever they wait for: the client's own limit may not hold for
 * a command that was never sent. An event loop that was busy for longer than that first reads what
 * has come in meanwhile: that nobody looked is no failure of the store.
 *
 * All calls wait equally long, so they end in the order in which they began and one timer serves them
 * all. An ended call leaves the queue when those before it have.
 */
export function withinDeadline(breaker: CircuitBreaker, ms: number): Guard {
  const queue = createDeadlines(ms);
  return (work) =>
    breaker.execute(
      () =>
        new Promise((resolve, reject) => {
          const late = `No answer within ${ms} ms.`;
          const waiting = queue(() =>
            reject(new DeadlineExceeded(breaker.dependency, 'timeout', late)),
          );
          const end = () => (waiting.ended = true);
          try {
            work().then(
              (value) => {
                end();
                resolve(value);
              },
              (error: Error) => {
                end();
                reject(error);
              },
            );
          } catch (error) {
            end();
            throw error;
          }
        }),
    );
}

function createDeadlines(ms: number): (giveUp: () => void) => Waiting {
  const waiting: Waiting[] = [];
  let head = 0;
  let isArmed = false;

  const arm = (now: number) => {
    while (head < waiting.length && waiting[head]?.ended === true) head += 1;
    isArmed = head < waiting.length;
    // What has ended goes in one move, not one by one.
    if (!isArmed || head > 1000) waiting.splice(0, head);
    if (!isArmed || head > 1000) head = 0;
    if (isArmed) setTimeout(read, Math.max(1, (waiting[head]?.endsAt ?? 0) - now));
  };
  const read = () => {
    const now = performance.now();
    // A timer may be early by the part of a millisecond.
    setImmediate(() => expire(now + 1));
  };
  const expire = (time: number) => {
    for (let call = waiting[head]; call !== undefined; call = waiting[head]) {
      if (!call.ended && call.endsAt > time) break;
      head += 1;
      if (!call.ended) call.giveUp();
    }
    arm(performance.now());
  };

  return (giveUp) => {
    const now = performance.now();
    const call = { endsAt: now + ms, ended: false, giveUp };
    waiting.push(call);
    if (!isArmed) arm(now);
    return call;
  };
}
