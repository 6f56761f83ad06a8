/** What was decided, and how numbers become a decision. */
import type { Policy, PolicySet } from './policy.ts';
import type { Subject } from './subject.ts';

/** Three numbers for each policy: used, milliseconds until the cost fits (0: it does), until room appears. */
export type Readings = number[];

/** A batch may cost more than the quota: then it takes all of it, since otherwise it could never run. */
export function charge(cost: number, quota: number): number {
  return Math.min(cost, quota);
}

/** Whether nothing that may refuse refuses. @param all shadow policies count as well */
export function fits(readings: Readings, set: PolicySet, all: boolean): boolean {
  for (let i = 0; i < set.policies.length; i += 1) {
    if (readings[3 * i + 1] !== 0 && (all || set.enforced[i])) return false;
  }
  return true;
}

/** While Redis is away: without the denials of policies that let everyone in then. */
export function insured(readings: Readings, { policies }: PolicySet): Readings {
  return readings.map((value, i) =>
    i % 3 === 1 && policies[(i - 1) / 3]?.onStoreError === 'allow' ? 0 : value,
  );
}

export type Outcome = 'admitted' | 'limited' | 'unavailable' | 'bypassed';
export type Source = 'redis' | 'local_block' | 'insurance' | 'none';
export type Backend = 'redis' | 'memory';

export interface Decision {
  outcome: Outcome;
  source: Source;
  backend: Backend;
  subject: Subject;
  /** For each policy: used, milliseconds to wait, milliseconds until room appears. */
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
  return policies.filter((_, i) => enforced[i] && readings[3 * i + 1] !== 0);
}

export function longestWait(readings: Readings, { set }: Subject): number {
  let longest = 0;
  for (let i = 0; i < set.policies.length; i += 1) {
    if (set.enforced[i]) longest = Math.max(longest, readings[3 * i + 1] ?? 0);
  }
  return longest;
}

/** Both must let the request in, so it waits for the later. */
export function stricter(one: Readings, other: Readings): Readings {
  return one.map((value, i) => Math.max(value, other[i] as number));
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
    const waits = enforced[i] ? (readings[3 * i + 1] as number) : 0;
    const left = Math.max(0, (quotas[i] as number) - (readings[3 * i] as number));
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
    resetMs: wait > 0 ? wait : (readings[3 * nearest + 2] as number),
    retryAfterMs: wait,
  };
}

/** A breaker that is open knows when it will try again. */
export function unavailable(subject: Subject, error: unknown): Decision {
  const known = error instanceof Error ? (error as { retryAfterMs?: unknown }).retryAfterMs : null;
  const retryAfterMs = typeof known === 'number' && known > 0 ? known : 1000;
  const { policies } = subject.set;
  const policy = policies.find((p) => p.mode === 'enforce' && p.onStoreError === 'deny');
  return {
    outcome: 'unavailable',
    source: 'none',
    backend: 'memory',
    subject,
    readings: policies.flatMap(() => [0, 0, 0]),
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
    readings: quotas.flatMap(() => [0, 0, 0]),
    policy,
    remaining: policy.quota,
    resetMs: 0,
    retryAfterMs: 0,
  };
}
