import { addressPolicies } from '#src/compose/limit-policies.ts';
import type { Overload } from '#src/http/server/overload.ts';
import { createPolicySet, type Policy } from '#src/resilience/rate-limit/policy.ts';
import { createSubjects, type Subject } from '#src/resilience/rate-limit/subject.ts';

/** Policies as tests need them: enforced, with the fallback limiter. */
export function policy(override: Partial<Policy> & Pick<Policy, 'quota' | 'windowMs'>): Policy {
  return {
    name: 'minute',
    mode: 'enforce',
    onStoreError: 'fallback',
    counts: 'subject',
    ...override,
  };
}

/** Without slots. */
export const alone: Overload['together'] = (_request, wait) => wait();

/** Makes subjects of these policies, each from a number. */
export function subjectsOf(
  policies: Policy[],
  { instances = 1, secret = 'test' } = {},
): (n: number) => Subject {
  const set = createPolicySet(policies, instances);
  const subjects = createSubjects({
    secret,
    policies: { v4: set, v6: set },
    trustedProxies: [],
    maxAddresses: 10,
  });
  return (n) => subjects.ofAddress([24, 16, 8, 0].map((s) => (n >>> s) & 255).join('.')) as Subject;
}

export const usual = addressPolicies({
  perMinute: 60,
  perHour: 1000,
  mode: 'enforce',
  instances: 1,
});

/** The most that was admitted in any window, by the exact log. */
export function worstWindow(
  admitted: readonly { at: number; cost: number }[],
  windowMs: number,
): number {
  let worst = 0;
  for (const [i, { at }] of admitted.entries()) {
    let sum = 0;
    for (let j = i; j >= 0 && (admitted[j]?.at ?? 0) > at - windowMs; j -= 1) {
      sum += admitted[j]?.cost ?? 0;
    }
    worst = Math.max(worst, sum);
  }
  return worst;
}

export interface Admitted {
  /** Asked and answered; it was admitted at a moment between the two. */
  at: number;
  until: number;
}

/** The most that was certainly admitted within any window. */
export function certainWindow(log: Admitted[], windowMs: number): number {
  const ends = log.map(({ until }) => until);
  const within = (end: number) =>
    log.filter(({ at, until }) => until <= end && at > end - windowMs).length;
  return Math.max(0, ...ends.map(within));
}
