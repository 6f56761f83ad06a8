/** The breakers of the process, each registered by whoever calls through it. */
import { isDeepStrictEqual } from 'node:util';
import type { BreakerPolicy, CircuitBreakerDeps } from './circuit-breaker-options.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { CircuitBreakerStatus } from './circuit-breaker-status.ts';

export interface CircuitBreakers {
  /** The breaker of that name, made once. @throws {Error} when the name is known with another policy */
  register(policy: BreakerPolicy): CircuitBreaker;
  get(name: string): CircuitBreaker | undefined;
  /** Takes the steps that are due, and tells how each breaker stands. */
  getStatus(): Record<string, CircuitBreakerStatus>;
}

export function createCircuitBreakers(deps: CircuitBreakerDeps): CircuitBreakers {
  const known = new Map<string, { breaker: CircuitBreaker; policy: BreakerPolicy }>();
  return {
    register(policy) {
      const registered = known.get(policy.name);
      if (registered !== undefined) {
        if (isDeepStrictEqual(registered.policy, policy)) return registered.breaker;
        throw new Error(`The circuit breaker ${policy.name} exists with another policy.`);
      }
      const breaker = new CircuitBreaker(policy, deps);
      known.set(policy.name, { breaker, policy: { ...policy } });
      deps.events?.registered?.(policy.name);
      return breaker;
    },
    get: (name) => known.get(name)?.breaker,
    getStatus: () =>
      Object.fromEntries([...known].map(([name, { breaker }]) => [name, breaker.status()])),
  };
}

/** For the health of the service: which breakers are not simply closed; null when all are. */
export function describeTrouble(status: Record<string, CircuitBreakerStatus>): string | null {
  const troubled = Object.entries(status).filter(([, { state }]) => state !== 'closed');
  return troubled.length === 0
    ? null
    : troubled.map(([name, { state }]) => `${name} is ${state}`).join(', ');
}
