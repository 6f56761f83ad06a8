import { createCircuitBreakers } from '../resilience/circuit-breaker/circuit-breakers.ts';
import {
  circuitBreakerEvents,
  observeCircuitBreakers,
} from '../resilience/circuit-breaker/metrics.ts';
import { startRunningClock } from '../resilience/circuit-breaker/running-clock.ts';
import { cacheBreaker, databaseBreaker, rateLimitBreaker } from './breaker-policies.ts';
import type { Foundation } from './foundation.ts';

export type Breakers = ReturnType<typeof startBreakers>;

/** One breaker for each dependency, made once and shared by all that call it. */
export function startBreakers({ config, log, clock, cleanup }: Foundation) {
  const running = startRunningClock(clock.monotonicMs);
  cleanup.defer(() => running.stop());
  const breakers = createCircuitBreakers({
    clock: running,
    now: clock.now,
    random: Math.random,
    events: circuitBreakerEvents({ log }),
  });
  cleanup.defer(observeCircuitBreakers(breakers));
  return {
    /** For breakers of one's own. */
    clock: running,
    breakers,
    database: breakers.register(databaseBreaker),
    cache: breakers.register(cacheBreaker(config.redis?.timeoutMs)),
    rateLimit: breakers.register(rateLimitBreaker(config.redis?.timeoutMs)),
  };
}
