/**
 * Requests of one subject that come together are asked about together: one call of the script for all
 * that come in one turn of the event loop, so that a burst costs Redis and the loop little, and is decided
 * in order. The end of a turn is near: an idle process reaches it at once.
 */
import type { Readings } from './readings.ts';
import type { RedisStore } from './redis-store.ts';
import type { Subject } from './subject.ts';

/** Ends by its own deadline, whatever the work does. */
export type Guard = <T>(work: () => Promise<T>) => Promise<T>;

interface Batch {
  requests: number;
  told: Promise<Readings[]>;
}

/** Decides about one request, together with others. @throws what Redis or the guard does */
export type TakeTogether = (subject: Subject, cost: number, write: boolean) => Promise<Readings>;

export function createBatches(store: RedisStore, guard: Guard): TakeTogether {
  /** Of this turn. */
  const open = new Map<string, Batch>();

  const start = (key: string, subject: Subject, cost: number, write: boolean) => {
    const batch: Batch = { requests: 0, told: Promise.resolve([]) };
    const send = async () => {
      await new Promise<void>((resolve) => setImmediate(resolve));
      open.delete(key);
      return guard(() => store.take(subject, cost, batch.requests, write));
    };
    batch.told = send();
    open.set(key, batch);
    return batch;
  };

  return async (subject, cost, write) => {
    const key = `${write ? '' : '?'}${cost} ${subject.set.mark} ${subject.keys[0]}`;
    const batch = open.get(key) ?? start(key, subject, cost, write);
    const place = batch.requests;
    batch.requests += 1;
    const told = await batch.told;
    return told[place] as Readings;
  };
}
