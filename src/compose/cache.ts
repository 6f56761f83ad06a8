import { randomUUID } from 'node:crypto';
import type { Cache } from '../resilience/cache/cache.ts';
import { createCache } from '../resilience/cache/create-cache.ts';
import { cacheEvents, observeCache } from '../resilience/cache/metrics.ts';
import { createRedisBus } from '../resilience/cache/redis/redis-bus.ts';
import { createRedisTier } from '../resilience/cache/redis/redis-tier.ts';
import { withinDeadline } from '../resilience/circuit-breaker/within-deadline.ts';
import type { Breakers } from './breakers.ts';
import type { Foundation } from './foundation.ts';
import { connectRedis, PING_MS } from './redis.ts';

export function startCache(deps: Foundation, breakers: Breakers): Cache {
  const { config, log, clock, cleanup } = deps;
  const commands = config.cache.enabled ? connectRedis(deps, 'sono-eval-cache') : null;
  const bus = config.cache.enabled ? connectRedis(deps, 'sono-eval-bus') : null;
  const breaker = breakers.cache;
  if (commands !== null) breaker.askWith(() => commands.ping(PING_MS));
  const guard = withinDeadline(breaker, config.redis?.timeoutMs ?? 0);
  const cache = createCache({
    ...config.cache,
    shared:
      commands === null || bus === null
        ? null
        : {
            tier: createRedisTier({ client: commands.client, guard, newToken: randomUUID }),
            bus: createRedisBus({ client: bus.client }),
          },
    events: cacheEvents({ log }),
    clock: {
      nowMs: clock.monotonicMs,
      after: (ms, run) => {
        const timer = setTimeout(run, ms).unref();
        return () => clearTimeout(timer);
      },
    },
    random: Math.random,
    newToken: randomUUID,
  });
  cleanup.defer(() => cache.close());
  cleanup.defer(observeCache(cache));
  cache.start();
  return cache;
}
