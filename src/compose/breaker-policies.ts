/** The breakers of this service's dependencies, and the reasons for their numbers. */
import type { BreakerPolicy } from '../resilience/circuit-breaker/circuit-breaker-options.ts';

/** On the local network: back within a second of the dependency, at the price of a probe every 750 ms. */
const near = { openMs: 500, maxOpenMs: 750 } as const;

/** Statements may take 5 s; 2 s is far beyond what those of the service take while the server is well. */
export const databaseBreaker: BreakerPolicy = {
  ...near,
  name: 'postgres_service',
  dependency: 'postgresql',
  slowCallMs: 2000,
  halfOpenMaxMs: 500,
};

/** Commands give up by themselves, within the deadline of their guard; one late reply is no outage. */
const redisWithin = (timeoutMs: number) =>
  ({
    ...near,
    dependency: 'redis',
    silencesInRow: 2,
    slowCallMs: 5 * timeoutMs,
    halfOpenMaxMs: 5 * timeoutMs,
  }) as const;

/** @param timeoutMs longest wait for the cache's Redis */
export function cacheBreaker(timeoutMs = 50): BreakerPolicy {
  return { ...redisWithin(timeoutMs), name: 'redis_service' };
}

/**
 * Every request asks it: it opens with the first lost connection or error reply, and when requests
 * waited in vain twice, one after the other; then the next ones are decided at once.
 * @param timeoutMs longest wait for the limiter's Redis
 */
export function rateLimitBreaker(timeoutMs = 50): BreakerPolicy {
  return { ...redisWithin(timeoutMs), name: 'redis_rate_limit', failuresInRow: 1 };
}
