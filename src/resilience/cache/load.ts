import type { CacheEvents, Clock } from './cache.ts';
import type { Flight } from './flights.ts';
import type { Asked } from './keeper.ts';
import { inLoadSpan } from './spans.ts';

/** The load took longer than its cache allows. */
class LoadTimeout extends Error {
  override readonly name = 'TimeoutError';
}

/**
 * One load, under its deadline; it is not waited for beyond it, nor once nobody wants it.
 *
 * @throws what the load throws, or the reason for which it was given up
 */
export async function performLoad(
  asked: Asked,
  flight: Flight<unknown>,
  deps: { clock: Clock; events: Pick<CacheEvents, 'loaded'> },
): Promise<unknown> {
  const { clock, events } = deps;
  const { signal } = flight.controller;
  const { name, loadTimeoutMs } = asked.of;
  signal.throwIfAborted();
  const startedAt = clock.nowMs();
  const ended = (outcome: 'found' | 'absent' | 'failed' | 'cancelled') => {
    const mode = flight.background ? 'refresh' : 'foreground';
    events.loaded(name, mode, outcome, (clock.nowMs() - startedAt) / 1000);
  };
  const givenUp = Promise.withResolvers<never>();
  const giveUp = () => givenUp.reject(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  const cancelTimer = clock.after(loadTimeoutMs, () => {
    flight.controller.abort(new LoadTimeout(`A load took more than ${loadTimeoutMs} ms.`));
  });
  try {
    const value = await inLoadSpan(
      name,
      flight.background,
      (span) => (flight.span = span),
      () => Promise.race([asked.load(signal), givenUp.promise]),
    );
    ended(value === undefined ? 'absent' : 'found');
    return value;
  } catch (error) {
    ended(signal.aborted && !(signal.reason instanceof LoadTimeout) ? 'cancelled' : 'failed');
    throw error;
  } finally {
    cancelTimer();
    signal.removeEventListener('abort', giveUp);
  }
}

/** Whether it was the waiting that ended, not the work that failed. */
export function wasGivenUp(flight: Pick<Flight<unknown>, 'controller'>): boolean {
  const { signal } = flight.controller;
  return signal.aborted && !(signal.reason instanceof LoadTimeout);
}
