/** What each dependency of the service gets; the reasons for the numbers. */
import type { CircuitBreakerOptions } from './circuit-breaker-options.ts';
import { classifyAnswer, classifyFetch } from './classify-http.ts';
import { classifyPostgres } from './classify-postgres.ts';
import { classifyRedis } from './classify-redis.ts';

export const breakerNames = [
  'postgres_service',
  'redis_service',
  'redis_rate_limit',
  'job_queue',
  'webhook',
] as const;
/** The label of the metrics; breakers of hosts are named `webhook:<host>` and count as `webhook`. */
export type BreakerName = (typeof breakerNames)[number];

/** On the local network: back within a second of the dependency, at the price of a probe every 750 ms. */
const near = { openMs: 500, maxOpenMs: 750 } as const;

/** Statements may take 5 s; 2 s is far beyond what those of the service take while the server is well. */
const database = {
  ...near,
  slowCallMs: 2000,
  halfOpenMaxMs: 500,
  classify: classifyPostgres,
} satisfies Partial<CircuitBreakerOptions>;

/** Commands give up by themselves; a turn of the event loop may take longer than that. */
const redisWithin = (timeoutMs: number) =>
  ({
    ...near,
    slowCallMs: 5 * timeoutMs,
    halfOpenMaxMs: 5 * timeoutMs,
    classify: classifyRedis,
  }) satisfies Partial<CircuitBreakerOptions>;

/** @param redisTimeoutMs longest wait for limiter's and cache's Redis: both have an answer without it */
export function breakerPolicies(
  now: () => Date,
  redisTimeoutMs = 50,
): Record<BreakerName, Partial<CircuitBreakerOptions>> {
  const redis = redisWithin(redisTimeoutMs);
  return {
    postgres_service: database,
    redis_service: redis,
    // Every request asks it: after one that waited in vain the next ones are decided at once.
    redis_rate_limit: { ...redis, failuresInRow: 1 },
    job_queue: database,
    webhook: { classify: classifyFetch, classifyValue: classifyAnswer(now) },
  };
}
