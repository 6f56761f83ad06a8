/** Single flight: who asks for what is already being fetched waits for it. */
import type { SpanContext } from '@opentelemetry/api';
import type { Clock } from './cache.ts';
import type { Answer, Query } from './query.ts';

export interface Flight {
  readonly query: Query;
  /** A renewal: it goes on though nobody waits. */
  readonly background: boolean;
  /** Aborts when everybody has left. */
  readonly controller: AbortController;
  waiters: number;
  /** Nobody joins any more, and what it brings is not kept. */
  invalidated: boolean;
  /** Milliseconds for which a failure is told to everybody who asks. */
  holdMs: number;
  /** What came of it is being held. */
  ended: boolean;
  /** Of its load, once there is one. */
  span: SpanContext | undefined;
  promise: Promise<Answer>;
}

export interface InvalidationScope {
  keys: ReadonlySet<string>;
  tags: ReadonlySet<string>;
  all: boolean;
}

export type SingleFlight = ReturnType<typeof createSingleFlight>;

export function createSingleFlight(clock: Clock) {
  const joinable = new Map<string, Flight>();
  /** Each with what ends its hold; also those that nobody can join any more. */
  const running = new Map<Flight, () => void>();

  const detach = (flight: Flight) => {
    if (joinable.get(flight.query.id) === flight) joinable.delete(flight.query.id);
  };
  const remove = (flight: Flight) => {
    detach(flight);
    running.get(flight)?.();
    running.delete(flight);
  };
  const end = (flight: Flight) => {
    flight.ended = true;
    if (flight.holdMs === 0 || joinable.get(flight.query.id) !== flight) return remove(flight);
    const cancel = clock.after(flight.holdMs, () => remove(flight));
    running.set(flight, cancel);
  };
  const abandon = (flight: Flight, reason: unknown) => {
    detach(flight);
    flight.controller.abort(reason);
  };

  return {
    get: (id: string): Flight | undefined => joinable.get(id),
    start(query: Query, background: boolean, fetch: (flight: Flight) => Promise<Answer>): Flight {
      const state = { waiters: 0, invalidated: false, holdMs: 0, ended: false, span: undefined };
      const controller = new AbortController();
      const flight = { query, background, controller, ...state } as unknown as Flight;
      joinable.set(query.id, flight);
      running.set(flight, () => undefined);
      flight.promise = fetch(flight);
      // Whoever waits hears of a failure; when nobody does, nobody needs to.
      const ended = () => end(flight);
      flight.promise.then(ended, ended);
      return flight;
    },
    /** Leaves when `signal` aborts; the flight itself is abandoned when the last one has left. */
    wait(flight: Flight, signal: AbortSignal | undefined): Promise<Answer> {
      flight.waiters += 1;
      if (signal === undefined) return flight.promise;
      const left = Promise.withResolvers<never>();
      const leave = () => {
        left.reject(signal.reason);
        flight.waiters -= 1;
        if (flight.waiters === 0 && !flight.background) abandon(flight, signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      return Promise.race([flight.promise, left.promise]).finally(() => {
        signal.removeEventListener('abort', leave);
      });
    },
    invalidate({ keys, tags, all }: InvalidationScope): void {
      for (const flight of running.keys()) {
        const { id, tags: own } = flight.query;
        if (!all && !keys.has(id) && !own.some((tag) => tags.has(tag))) continue;
        flight.invalidated = true;
        detach(flight);
      }
    },
    close(reason: Error): void {
      for (const flight of running.keys()) {
        if (flight.ended) remove(flight);
        else abandon(flight, reason);
      }
    },
  };
}
