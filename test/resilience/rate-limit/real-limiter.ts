import type { BreakerPolicy } from '#src/resilience/circuit-breaker/circuit-breaker-options.ts';
import { rateLimitBreaker } from '#src/compose/breaker-policies.ts';
import { CircuitBreaker } from '#src/resilience/circuit-breaker/circuit-breaker.ts';
import { startRunningClock } from '#src/resilience/circuit-breaker/running-clock.ts';
import { withinDeadline } from '#src/resilience/circuit-breaker/within-deadline.ts';
import { createMemoryStore } from '#src/resilience/rate-limit/memory-store.ts';
import type { Guard } from '#src/resilience/rate-limit/batches.ts';
import { createRateLimiter } from '#src/resilience/rate-limit/rate-limiter.ts';
import { createRedisStore } from '#src/resilience/rate-limit/redis-store.ts';
import { createRedis } from '#src/storage/redis/connection.ts';
import type { StoreErrorReason } from '#src/resilience/rate-limit/store-error.ts';

const clock = { now: () => performance.now(), lost: () => 0, heard: () => performance.now() };
const deps = { clock, now: () => new Date(), random: () => 0 };
/** It never opens: each call finds out by itself. */
const never: BreakerPolicy = {
  name: 'test',
  dependency: 'redis',
  classify: () => 'ignored',
  slowCallMs: 600_000,
};

/** As the service wires it, on a connection of its own. @param options.shared one of several processes */
export async function realLimiter(
  url: string,
  options: { guard?: Guard; deadlineMs?: number; shared?: boolean } = {},
) {
  // Generous: what is tested with an answer of Redis must get one, also on a busy machine.
  const { deadlineMs = 30_000 } = options;
  const connection = createRedis({ url, name: 'test-rate-limit', commandTimeoutMs: deadlineMs });
  const failures: StoreErrorReason[] = [];
  const store = createRedisStore({
    client: connection.client,
    onLost: () => limiter.connectionLost(),
    onReady: () => limiter.connected(),
    onEnd: () => limiter.disconnected(),
  });
  const later = (ms: number, work: () => void) => void setTimeout(work, ms).unref();
  const limiter = createRateLimiter({
    memory: createMemoryStore({ size: { windows: 4096, cells: 16_384 }, onOverflow: () => {} }),
    redis: store,
    ...(options.shared === true ? { reconcile: { store, later } } : {}),
    guard: options.guard ?? withinDeadline(new CircuitBreaker(never, deps), deadlineMs),
    monotonicMs: () => performance.now(),
    events: {
      decided: () => {},
      storeFailed: (reason) => failures.push(reason),
      degraded: () => {},
      recovered: () => {},
    },
  });
  await new Promise((resolve) => connection.client.once('ready', resolve));
  return { limiter, store, client: connection.client, failures, close: () => connection.close() };
}

export type RealLimiter = Awaited<ReturnType<typeof realLimiter>>;

/** With the breaker and the deadline of the service. */
export async function wiredLimiter(url: string) {
  const running = startRunningClock(() => performance.now());
  const breaker = new CircuitBreaker(rateLimitBreaker(), { ...deps, clock: running });
  const limiter = await realLimiter(url, { guard: withinDeadline(breaker, 50) });
  breaker.askWith(() => limiter.client.ping());
  const close = async () => {
    running.stop();
    await limiter.close();
  };
  return { ...limiter, breaker, close };
}
