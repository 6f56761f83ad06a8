import { createMemoryStore } from '#src/resilience/rate-limit/memory-store.ts';
import { createRateLimiter, type Guard } from '#src/resilience/rate-limit/rate-limiter.ts';
import { createRedisStore } from '#src/resilience/rate-limit/redis-store.ts';
import { createRedis } from '#src/storage/redis.ts';
import type { StoreErrorReason } from '#src/resilience/rate-limit/store-error.ts';

/** As the service wires it, on a connection of its own. */
export async function realLimiter(url: string, options: { guard?: Guard } = {}) {
  const connection = createRedis({ url, name: 'test-rate-limit', commandTimeoutMs: 50 });
  const failures: StoreErrorReason[] = [];
  const redis = createRedisStore({
    client: connection.client,
    onLost: () => limiter.distrust(),
  });
  const limiter = createRateLimiter({
    memory: createMemoryStore({ size: { windows: 4096, cells: 16_384 }, onOverflow: () => {} }),
    redis,
    guard: options.guard ?? ((work) => work(AbortSignal.timeout(50))),
    monotonicMs: () => performance.now(),
    events: {
      decided: () => {},
      storeFailed: (reason) => failures.push(reason),
      degraded: () => {},
      recovered: () => {},
    },
  });
  await new Promise((resolve) => connection.client.once('ready', resolve));
  return { limiter, client: connection.client, failures, close: () => connection.close() };
}

export type RealLimiter = Awaited<ReturnType<typeof realLimiter>>;
