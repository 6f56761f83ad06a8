/** What was decided, and how numbers become a decision. */
import { CircuitOpenError, findCause } from '../../errors.ts';
import type { Policy, PolicySet } from './policy.ts';
import { emptyReadings, roomOf, usedOf, waitOf, withWaits, type Readings } from './readings.ts';
import type { Subject } from './subject.ts';

/**
 * What a request takes from a policy. It may cost more than the quota: then it takes all of it, since otherwise
 * it could never run. 0 where the policy is only shown.
 *
 * @param quota where less than the policy's own may be used
 */
export function chargeOf(
  { charged, quotas }: Pick<PolicySet, 'charged' | 'quotas'>,
  i: number,
  cost: number,
  quota: number = quotas[i] as number,
): number {
  return charged[i] === true ? Math.min(cost, quota) : 0;
}

/** Whether nothing that may refuse refuses. @param all shadow policies count as well */
export function fits(readings: Readings, set: Pick<PolicySet, 'enforced'>, all: boolean): boolean {
  for (let i = 0; i < set.enforced.length; i += 1) {
    if (waitOf(readings, i) !== 0 && (all || set.enforced[i])) return false;
  }
  return true;
}

/** While Redis is away: without the denials of policies that let everyone in then. */
export function withoutStore(
  readings: Readings,
  { policies }: { policies: readonly Pick<Policy, 'onStoreError'>[] },
): Readings {
  return withWaits(readings, (wait, i) => (policies[i]?.onStoreError === 'allow' ? 0 : wait));
}

export type Outcome = 'admitted' | 'limited' | 'unavailable' | 'bypassed';
/** `insurance` is the fallback limiter. */
export type Source = 'redis' | 'local_block' | 'insurance' | 'none';
export type Backend = 'redis' | 'memory';

export interface Decision {
  outcome: Outcome;
  source: Source;
  backend: Backend;
  subject: Subject;
  readings: Readings;
  /** The policy nearest exhaustion, or the one that denies longest. */
  policy: Policy;
  remaining: number;
  /** Until room appears in that policy; when limited, until the request would be admitted. */
  resetMs: number;
  /** 0 unless limited or unavailable. */
  retryAfterMs: number;
}

/** The policies that deny. */
export function violated({ subject, readings }: Decision): Policy[] {
  const { policies, enforced } = subject.set;
  return policies.filter((_, i) => enforced[i] && waitOf(readings, i) !== 0);
}

export function longestWait(readings: Readings, { set }: Subject): number {
  let longest = 0;
  for (let i = 0; i < set.policies.length; i += 1) {
    if (set.enforced[i]) longest = Math.max(longest, waitOf(readings, i));
  }
  return longest;
}

/** From numbers to a decision: denied by the policy that denies longest, else shown by the one nearest exhaustion. */
export function judge(
  subject: Subject,
  readings: Readings,
  source: Source,
  backend: Backend,
  quotas: readonly number[] = subject.set.quotas,
): Decision {
  const { shown, enforced, policies } = subject.set;
  let wait = 0;
  let nearest = shown[0] as number;
  let remaining = Number.POSITIVE_INFINITY;
  for (const i of shown) {
    const waits = enforced[i] ? waitOf(readings, i) : 0;
    const left = Math.max(0, (quotas[i] as number) - usedOf(readings, i));
    if (waits > wait || (wait === 0 && left < remaining)) {
      nearest = i;
      remaining = left;
      wait = Math.max(wait, waits);
    }
  }
  return {
    outcome: wait > 0 ? 'limited' : 'admitted',
    source,
    backend,
    subject,
    readings,
    policy: policies[nearest] as Policy,
    remaining,
    resetMs: wait > 0 ? wait : roomOf(readings, nearest),
    retryAfterMs: wait,
  };
}

/** A breaker that is open knows when it will try again. */
export function unavailable(subject: Subject, error: unknown): Decision {
  const retryAfterMs = findCause(error, CircuitOpenError)?.retryAfterMs ?? 1000;
  const { policies } = subject.set;
  const policy = policies.find((p) => p.mode === 'enforce' && p.onStoreError === 'deny');
  return {
    outcome: 'unavailable',
    source: 'none',
    backend: 'memory',
    subject,
    readings: emptyReadings(policies.length),
    policy: policy as Policy,
    remaining: 0,
    resetMs: retryAfterMs,
    retryAfterMs,
  };
}

/** A request that costs nothing. */
export function bypassed(subject: Subject, backend: Backend): Decision {
  const { policies, quotas, shown } = subject.set;
  const policy = policies[shown[0] as number] as Policy;
  return {
    outcome: 'bypassed',
    source: 'none',
    backend,
    subject,
    readings: emptyReadings(quotas.length),
    policy,
    remaining: policy.quota,
    resetMs: 0,
    retryAfterMs: 0,
  };
}
