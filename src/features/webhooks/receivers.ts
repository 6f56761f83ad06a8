/** One breaker a host, so that receivers that are away cost one waiting attempt now and then and not all of them. */
import { LRUCache } from 'lru-cache';
import { OutboundError } from '../../outbound/post.ts';
import { CircuitBreaker } from '../../resilience/circuit-breaker/circuit-breaker.ts';
import type {
  BreakerPolicy,
  CircuitBreakerDeps,
} from '../../resilience/circuit-breaker/circuit-breaker-options.ts';
import { classify } from '../../resilience/circuit-breaker/verdict.ts';

/** The hosts that were asked last; one that is forgotten begins closed. */
const MOST_HOSTS = 500;

const policy: Omit<BreakerPolicy, 'name'> = {
  dependency: 'webhook',
  openMs: 30_000,
  maxOpenMs: 300_000,
  // Longer than an attempt may take.
  slowCallMs: 10_000,
  permits: 1,
  successesToClose: 1,
  // What was refused here says nothing of the host.
  classify: (error) =>
    error instanceof OutboundError && error.failure.endsWith('_refused')
      ? 'ignored'
      : classify(error),
};

/** The breaker of a host. In no metric: hosts are as many as clients like. */
export type Receivers = (host: string) => CircuitBreaker;

export function createReceivers(deps: Omit<CircuitBreakerDeps, 'events'>): Receivers {
  const known = new LRUCache<string, CircuitBreaker>({ max: MOST_HOSTS });
  return (host) => {
    const breaker = known.get(host) ?? new CircuitBreaker({ ...policy, name: host }, deps);
    known.set(host, breaker);
    return breaker;
  };
}
