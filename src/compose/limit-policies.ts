/** What this service limits. */
import { LRUCache } from 'lru-cache';
import type { Caller } from '../http/request/caller.ts';
import {
  createPolicySet,
  type AddressPolicies,
  type Policy,
  type PolicySet,
} from '../resilience/rate-limit/policy.ts';

/** An IPv6 customer holds a /64; whoever holds a /48 gets so many times as much. */
const NETWORK_FACTOR = 10;

interface Quotas {
  perMinute: number;
  perHour: number;
  mode: Policy['mode'];
  /** Processes behind the load balancer: the share of each while Redis is away. */
  instances: number;
}

export function addressPolicies(options: Quotas): AddressPolicies {
  const { perMinute, perHour, mode, instances } = options;
  const subject = ownPolicies(options);
  const network = { mode, onStoreError: 'fallback', counts: 'network' } as const;
  const wider: Policy[] = [
    { ...network, name: 'network_minute', quota: perMinute * NETWORK_FACTOR, windowMs: 60_000 },
    { ...network, name: 'network_hour', quota: perHour * NETWORK_FACTOR, windowMs: 3_600_000 },
  ];
  return {
    v4: createPolicySet(subject, instances),
    v6: createPolicySet([...subject, ...wider], instances),
  };
}

/** Of an address, and of a caller. */
function ownPolicies({ perMinute, perHour, mode }: Quotas): Policy[] {
  const own = { mode, onStoreError: 'fallback', counts: 'subject' } as const;
  return [
    { ...own, name: 'minute', quota: perMinute, windowMs: 60_000 },
    { ...own, name: 'hour', quota: perHour, windowMs: 3_600_000 },
  ];
}

/** Different quotas of callers whose policies are remembered; those of others are worked out again. */
const MOST_QUOTAS = 1000;

/** The policies of a caller: those of an address, or with the numbers that it has of its own. */
export function callerPolicies(options: Quotas): (caller: Pick<Caller, 'quota'>) => PolicySet {
  const usual = createPolicySet(ownPolicies(options), options.instances);
  const special = new LRUCache<string, PolicySet>({ max: MOST_QUOTAS });
  return ({ quota }) => {
    if (quota === null) return usual;
    const name = `${quota.perMinute} ${quota.perHour}`;
    const known = special.get(name);
    if (known !== undefined) return known;
    const set = createPolicySet(ownPolicies({ ...options, ...quota }), options.instances);
    special.set(name, set);
    return set;
  };
}

/** So many passwords may be tried in a minute, whatever other limits say: somebody who types needs no more. */
const LOGINS_PER_MINUTE = 5;

/** @param instances processes behind the load balancer */
export function loginPolicies(instances: number): { address: PolicySet; account: PolicySet } {
  const of = (name: string) =>
    createPolicySet(
      [
        {
          name,
          quota: LOGINS_PER_MINUTE,
          windowMs: 60_000,
          mode: 'enforce',
          onStoreError: 'fallback',
          counts: 'subject',
        },
      ],
      instances,
    );
  return { address: of('login_address'), account: of('login_account') };
}
