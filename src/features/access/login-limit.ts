/** How often somebody may try a password: by address and by account, decided before anything is computed. */
import type { RequestContext } from '../../http/request/context.ts';
import { writeHeaders } from '../../resilience/rate-limit/headers.ts';
import type { Decision } from '../../resilience/rate-limit/decision.ts';
import type { PolicySet } from '../../resilience/rate-limit/policy.ts';
import type { RateLimiter } from '../../resilience/rate-limit/rate-limiter.ts';
import { refusal } from '../../resilience/rate-limit/refusal.ts';
import type { Subjects } from '../../resilience/rate-limit/subject.ts';

export interface LoginLimits {
  limiter: RateLimiter;
  subjects: Subjects;
  policies: { address: PolicySet; account: PolicySet };
  /** A login was refused. */
  onRefused: (decision: Decision, route: string) => void;
}

/**
 * @param name of `loginName`
 * @throws {AppError} RATE_LIMIT_EXCEEDED, or SERVICE_UNAVAILABLE; neither tells whether there is such an account
 */
export type LimitLogins = (ctx: RequestContext, name: string) => Promise<void>;

/** @param limited told of each login that is over */
export function createLimitLogins(deps: LoginLimits, limited: () => void): LimitLogins {
  const { limiter, subjects, policies, onRefused } = deps;
  return async function limitLogins(ctx, name) {
    const address = subjects.ofRequest(ctx.req).id;
    for (const subject of [
      subjects.ofName('login address', address, policies.address),
      subjects.ofName('login account', name, policies.account),
    ]) {
      const decision = await limiter.decide(subject, 1);
      if (decision.outcome === 'admitted') continue;
      limited();
      onRefused(decision, ctx.state.route);
      writeHeaders(ctx.res, decision);
      throw refusal(decision, 'login');
    }
  };
}
