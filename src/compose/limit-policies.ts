/** What this service limits. */
import {
  createPolicySet,
  type AddressPolicies,
  type Policy,
} from '../resilience/rate-limit/policy.ts';

/** An IPv6 customer holds a /64; whoever holds a /48 gets so many times as much. */
const NETWORK_FACTOR = 10;

export function addressPolicies(options: {
  perMinute: number;
  perHour: number;
  mode: Policy['mode'];
  /** Processes behind the load balancer: the share of each while Redis is away. */
  instances: number;
}): AddressPolicies {
  const { perMinute, perHour, mode, instances } = options;
  const own = { mode, onStoreError: 'fallback', counts: 'subject' } as const;
  const network = { ...own, counts: 'network' } as const;
  const subject: Policy[] = [
    { ...own, name: 'minute', quota: perMinute, windowMs: 60_000 },
    { ...own, name: 'hour', quota: perHour, windowMs: 3_600_000 },
  ];
  const wider: Policy[] = [
    { ...network, name: 'network_minute', quota: perMinute * NETWORK_FACTOR, windowMs: 60_000 },
    { ...network, name: 'network_hour', quota: perHour * NETWORK_FACTOR, windowMs: 3_600_000 },
  ];
  return {
    v4: createPolicySet(subject, instances),
    v6: createPolicySet([...subject, ...wider], instances),
  };
}
