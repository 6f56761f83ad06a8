/**
 * Requests of one subject that come together are asked about together: one call of the script for all
 * that come in one turn of the event loop, so that a burst costs Redis and the loop little, and is decided
 * in order.
 *
 * The first request of a subject does not wait for the turn to end: it goes with whatever came in the
 * same callback. Those that come while it is under way go at the end of their turn. So there are at most
 * two calls for a subject, a cost and a turn.
 */
import type { Readings } from './readings.ts';
import type { RedisStore } from './redis-store.ts';
import type { Subject } from './subject.ts';

/** Ends by its own deadline, whatever the work does. */
export type Guard = <T>(work: () => Promise<T>) => Promise<T>;

interface Lane {
  /** Calls under way. */
  running: number;
  /** What waits for the end of the turn. */
  next: Batch | null;
}

interface Batch {
  requests: number;
  told: Promise<Readings[]>;
}

/** Decides about one request, together with others. @throws what Redis or the guard does */
export type TakeTogether = (subject: Subject, cost: number, write: boolean) => Promise<Readings>;

export function createBatches(store: RedisStore, guard: Guard): TakeTogether {
  const lanes = new Map<string, Lane>();

  const start = (lane: Lane, key: string, subject: Subject, cost: number, write: boolean) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const batch: Batch = { requests: 0, told: Promise.resolve([]) };
    const send = async () => {
      await promise;
      lane.next = null;
      lane.running += 1;
      try {
        return await guard(() => store.take(subject, cost, batch.requests, write));
      } finally {
        lane.running -= 1;
        if (lane.running === 0 && lane.next === null) lanes.delete(key);
      }
    };
    batch.told = send();
    if (lane.running === 0) queueMicrotask(resolve);
    else setImmediate(resolve);
    return batch;
  };

  return async (subject, cost, write) => {
    const key = `${write ? '' : '?'}${cost} ${subject.set.mark} ${subject.keys[0]}`;
    const lane = lanes.get(key) ?? { running: 0, next: null };
    lanes.set(key, lane);
    const batch = lane.next ?? start(lane, key, subject, cost, write);
    lane.next = batch;
    const place = batch.requests;
    batch.requests += 1;
    const told = await batch.told;
    return told[place] as Readings;
  };
}
