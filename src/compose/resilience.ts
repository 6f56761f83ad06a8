/** Breakers, limiter and cache, each with its connection to Redis where one is configured. */
import { randomUUID } from 'node:crypto';
import type { RootLogger } from '#telemetry/logger.ts';
import type { Config } from '../config.ts';
import type { Middleware } from '../http/request/context.ts';
import {
  breakerPolicies,
  type BreakerName,
} from '../resilience/circuit-breaker/breaker-policies.ts';
import { createCircuitBreakers } from '../resilience/circuit-breaker/circuit-breakers.ts';
import {
  circuitBreakerEvents,
  observeCircuitBreakers,
} from '../resilience/circuit-breaker/metrics.ts';
import { startRunningClock } from '../resilience/circuit-breaker/running-clock.ts';
import { withinDeadline } from '../resilience/circuit-breaker/within-deadline.ts';
import { cacheEvents, observeCache } from '../resilience/cache/metrics.ts';
import { createCache } from '../resilience/cache/create-cache.ts';
import type { Cache } from '../resilience/cache/cache.ts';
import { createRedisBus } from '../resilience/cache/redis-bus.ts';
import { createRedisTier } from '../resilience/cache/redis-tier.ts';
import { createMemoryStore } from '../resilience/rate-limit/memory-store.ts';
import { observeRateLimiter, rateLimitEvents } from '../resilience/rate-limit/metrics.ts';
import { limitByAddress } from '../resilience/rate-limit/middleware.ts';
import { addressPolicies } from '../resilience/rate-limit/policy.ts';
import { createRateLimiter, type RateLimiter } from '../resilience/rate-limit/rate-limiter.ts';
import { createRedisStore } from '../resilience/rate-limit/redis-store.ts';
import { createSubjects, type Subjects } from '../resilience/rate-limit/subject.ts';
import { createRedis, type RedisConnection } from '../storage/redis/connection.ts';
import type { Clock } from '../time/clock.ts';

/** Longest wait for the limiter's or the cache's Redis: both have an answer without it. */
const STORE_DEADLINE_MS = 50;
/** For the answer to a ping, by which an open breaker finds out whether Redis is back. */
const ASK_MS = 250;
/** When the client forgets a command that nobody waits for any more. */
const FORGET_MS = 1000;
/** Without a SECRET_KEY, which production demands: processes that share a Redis must agree on it. */
const DEVELOPMENT_KEY = 'for development only';

interface Deps {
  config: Config;
  log: RootLogger;
  clock: Clock;
  cleanup: AsyncDisposableStack;
}

export type Breakers = ReturnType<typeof startBreakers>;

/** One breaker for each dependency, made once and shared by all that call it. */
export function startBreakers({ log, clock, cleanup }: Deps) {
  const running = startRunningClock(clock.monotonicMs);
  cleanup.defer(() => running.stop());
  const breakers = createCircuitBreakers({
    clock: running,
    now: clock.now,
    random: Math.random,
    events: circuitBreakerEvents({ log }),
  });
  observeCircuitBreakers(breakers);
  const policies = breakerPolicies(clock.now);
  const named = (name: BreakerName) => breakers.getOrCreate(name, policies[name]);
  return { breakers, named };
}

export interface RateLimiting {
  limiter: RateLimiter;
  subjects: Subjects;
  limitByAddress: Middleware;
}

export function startRateLimiting(deps: Deps, breakers: Breakers): RateLimiting {
  const { config, log, clock, cleanup } = deps;
  const { rateLimit } = config;
  const events = rateLimitEvents({ log, monotonicMs: clock.monotonicMs });
  const memory = createMemoryStore({ onOverflow: () => events.evicted('window') });
  const redis = connect(deps, 'sono-eval-rate-limit');
  cleanup.defer(() => redis?.close());
  const breaker = breakers.named('redis_rate_limit');
  if (redis !== null) breaker.askWith(() => redis.ping(ASK_MS));
  let limiter: RateLimiter | undefined;
  const subjects = createSubjects({
    secret: config.secretKey ?? DEVELOPMENT_KEY,
    policies: addressPolicies(rateLimit),
    trustedProxies: rateLimit.trustedProxies,
    onEvicted: () => events.evicted('address'),
  });
  limiter = createRateLimiter({
    memory,
    redis:
      redis === null
        ? null
        : createRedisStore({ client: redis.client, onLost: () => limiter?.distrust() }),
    guard: withinDeadline(breaker, STORE_DEADLINE_MS),
    events,
    monotonicMs: clock.monotonicMs,
    onDenialEvicted: () => events.evicted('denial'),
  });
  observeRateLimiter({ limiter, memory, subjects });
  if (redis !== null && config.secretKey === null) {
    log.warn('SECRET_KEY is not set: whoever reads Redis can tell which address a key belongs to.');
  }
  const off: Middleware = function limitByAddress(_ctx, next) {
    return next();
  };
  return {
    limiter,
    subjects,
    limitByAddress: rateLimit.enabled
      ? limitByAddress({ limiter, subjects, onRefused: events.refused })
      : off,
  };
}

export function startCache(deps: Deps, breakers: Breakers): Cache {
  const { config, log, clock, cleanup } = deps;
  const commands = config.cache.enabled ? connect(deps, 'sono-eval-cache') : null;
  const bus = config.cache.enabled ? connect(deps, 'sono-eval-bus') : null;
  const breaker = breakers.named('redis_service');
  if (commands !== null) breaker.askWith(() => commands.ping(ASK_MS));
  const guard = withinDeadline(breaker, STORE_DEADLINE_MS);
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
  observeCache(cache);
  cleanup.defer(async () => {
    await cache.close();
    await Promise.all([commands?.close(), bus?.close()]);
  });
  cache.start();
  return cache;
}

/** A connection of its own for each user, so that none waits behind another. */
function connect({ config }: Deps, name: string): RedisConnection | null {
  return config.redis === null
    ? null
    : createRedis({ ...config.redis, name, commandTimeoutMs: FORGET_MS });
}
