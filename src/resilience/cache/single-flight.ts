/** Single flight: who asks for what is already being fetched waits for it. */
import type { SpanContext } from '@opentelemetry/api';
import { LRUCache } from 'lru-cache';
import type { Clock } from './cache.ts';
import { touches, type InvalidationScope } from './invalidation.ts';

export interface Flight<T> {
  readonly id: string;
  readonly tags: readonly string[];
  /** Nobody waits: what comes of it is only kept. */
  readonly background: boolean;
  /** Invalidated while it flew: nobody joins any more, and what it brings is not kept. */
  doomed: boolean;
  /** Everybody has left: `controller` says why. To make its signal costs more than to look here. */
  abandoned: boolean;
  waiters: number;
  readonly controller: AbortController;
  promise: Promise<T>;
  /** Of its load, once there is one. */
  span: SpanContext | undefined;
}

export interface Flights<T> {
  get: (id: string) => Flight<T> | undefined;
  start: (
    of: Pick<Flight<T>, 'id' | 'tags' | 'background'>,
    fly: (flight: Flight<T>) => Promise<T>,
  ) => Flight<T>;
  /** Leaves when `signal` aborts; the flight itself ends when the last one has left. */
  wait: (flight: Flight<T>, signal: AbortSignal | undefined) => Promise<T>;
  /** For a moment everybody is told what the last one was told. */
  holdFailure: (flight: Flight<T>, error: unknown, ms: number) => void;
  /** @returns the held failure in a box, since anything can be thrown */
  failure: (id: string) => { error: unknown } | undefined;
  doom: (scope: InvalidationScope) => void;
  abortAll: (reason: Error) => void;
}

const MOST_FAILURES = 1000;

export function createFlights<T>(clock: Clock): Flights<T> {
  const flying = new Map<string, Flight<T>>();
  /** Those that nobody can join any more but that are not over. */
  const departed = new Set<Flight<T>>();
  const failures = new LRUCache<
    string,
    { id: string; tags: readonly string[]; error: unknown; until: number }
  >({
    max: MOST_FAILURES,
  });

  const depart = (flight: Flight<T>) => {
    if (flying.get(flight.id) !== flight) return;
    flying.delete(flight.id);
    departed.add(flight);
  };
  const abandon = (flight: Flight<T>, reason: unknown) => {
    flight.abandoned = true;
    flight.controller.abort(reason);
  };
  const over = (flight: Flight<T>) => {
    departed.delete(flight);
    if (flying.get(flight.id) === flight) flying.delete(flight.id);
  };

  return {
    get: (id) => flying.get(id),
    start(of, fly) {
      const controller = new AbortController();
      const flight = {
        ...of,
        doomed: false,
        abandoned: false,
        waiters: 0,
        controller,
        span: undefined,
      } as unknown as Flight<T>;
      flying.set(of.id, flight);
      flight.promise = fly(flight);
      // Whoever waits hears of it; when nobody does, nobody needs to.
      const ended = () => over(flight);
      flight.promise.then(ended, ended);
      return flight;
    },
    wait(flight, signal) {
      flight.waiters += 1;
      if (signal === undefined) return flight.promise;
      return new Promise<T>((resolve, reject) => {
        const leave = () => {
          reject(signal.reason);
          flight.waiters -= 1;
          if (flight.waiters > 0 || flight.background) return;
          depart(flight);
          abandon(flight, signal.reason);
        };
        if (signal.aborted) return leave();
        signal.addEventListener('abort', leave, { once: true });
        flight.promise.then(
          (value) => {
            signal.removeEventListener('abort', leave);
            resolve(value);
          },
          (error: unknown) => {
            signal.removeEventListener('abort', leave);
            reject(error);
          },
        );
      });
    },
    holdFailure({ id, tags }, error, ms) {
      failures.set(id, { id, tags, error, until: clock.nowMs() + ms });
    },
    failure(id) {
      const held = failures.get(id);
      if (held === undefined || clock.nowMs() < held.until) return held;
      failures.delete(id);
      return undefined;
    },
    doom(scope) {
      for (const flight of [...flying.values(), ...departed]) {
        if (!touches(scope, flight)) continue;
        flight.doomed = true;
        depart(flight);
      }
      for (const held of failures.values()) if (touches(scope, held)) failures.delete(held.id);
    },
    abortAll(reason) {
      for (const flight of [...flying.values(), ...departed]) abandon(flight, reason);
    },
  };
}
