import { CircuitBreaker } from '#src/resilience/circuit-breaker/circuit-breaker.ts';
import type {
  CircuitBreakerEvents,
  StateChange,
} from '#src/resilience/circuit-breaker/circuit-breaker-events.ts';
import type { CircuitBreakerOptions } from '#src/resilience/circuit-breaker/circuit-breaker-options.ts';

/** A clock that goes when it is told to. */
export function fakeClock() {
  let now = 1_000_000;
  let lost = 0;
  let heard = now;
  return {
    now: () => now,
    lost: () => lost,
    heard: () => heard,
    /** The event loop turns meanwhile, and reads what comes in. */
    pass: (ms: number) => void (heard = now += ms),
    /** One turn of the event loop takes so long. */
    work: (ms: number) => void (now += ms),
    /** The process does not run for so long: its own clock hardly moves. */
    sleep: (ms: number) => {
      now += 250;
      lost += ms - 250;
      heard = now;
    },
  };
}

/** A breaker on a clock that the test moves, and what it told. */
export function fakeBreaker(
  options: Partial<CircuitBreakerOptions> = {},
  events: CircuitBreakerEvents = {},
  random: () => number = () => 0,
) {
  const clock = fakeClock();
  const changes: StateChange[] = [];
  const counts: Record<string, number> = {};
  const breaker = new CircuitBreaker(
    { name: 'redis_service', dependency: 'redis', ...options },
    {
      clock,
      now: () => new Date(clock.now()),
      random,
      events: {
        ...events,
        changed: (change) => {
          changes.push(change);
          events.changed?.(change);
        },
        counted: (name, outcome) => {
          counts[outcome] = (counts[outcome] ?? 0) + 1;
          events.counted?.(name, outcome);
        },
      },
    },
  );
  return {
    breaker,
    clock,
    changes,
    counts,
    state: () => breaker.status().state,
    succeed: () => breaker.execute(() => Promise.resolve('ok')),
    fail: async (times = 1, error: unknown = new Error('down')) => {
      for (let i = 0; i < times; i += 1) {
        await breaker.execute(() => Promise.reject(error)).catch(() => undefined);
      }
    },
    /** Starts a call that ends when the test wants it to. */
    hang: () => {
      const end = Promise.withResolvers<string>();
      const done = breaker
        .execute(() => end.promise)
        .then(
          (value) => value,
          (error: unknown) => error,
        );
      return { ...end, done };
    },
  };
}
