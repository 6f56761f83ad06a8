import { trace, type Span } from '@opentelemetry/api';
import { attr } from '#telemetry/conventions.ts';
import { AppError } from '../../errors.ts';
import { bringsCredentials } from '../../http/request/authenticate.ts';
import type { Caller } from '../../http/request/caller.ts';
import type { Middleware, RequestContext } from '../../http/request/context.ts';
import type { Overload } from '../../http/server/overload.ts';
import type { Decision } from './decision.ts';
import { writeHeaders } from './headers.ts';
import { refusal } from './refusal.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { chargingLongest, type PolicySet } from './policy.ts';
import type { Subject, Subjects } from './subject.ts';

interface Deps {
  limiter: RateLimiter;
  subjects: Subjects;
  /** A request was refused. */
  onRefused: (decision: Decision, route: string) => void;
}

interface WaitingDeps extends Deps {
  /** Waits for what is decided elsewhere, with all who ask in this turn. */
  together: Overload['together'];
}

/**
 * Limits by the address of the client, by what the route costs, before anything is read or looked up. The
 * headers are on whatever is answered below. A preflight is not limited. Who says who it is counts for
 * itself, wherever it asks from; what is refused before it is known who that is counts for the address.
 */
export function limitByAddress(
  deps: WaitingDeps & {
    /** Whether callers are going to be known, where the route asks for them. */
    authenticated: boolean;
  },
): Middleware {
  const count = (ctx: RequestContext, go: () => Promise<void>) =>
    take(deps, ctx, deps.subjects.ofRequest(ctx.req), go);
  const orCount = async (ctx: RequestContext, next: () => Promise<void>) => {
    try {
      await next();
    } catch (error) {
      if (ctx.state.identity !== null || !isClientsFault(error)) throw error;
      return count(ctx, () => Promise.reject(error));
    }
  };
  return function limitByAddress(ctx, next) {
    if (ctx.method === 'OPTIONS') return next();
    if (!deps.authenticated || ctx.state.facts.access === 'public') return count(ctx, next);
    return bringsCredentials(ctx.req) ? orCount(ctx, next) : count(ctx, next);
  };
}

/** Not where it cannot be told who asks: whoever that is has had nothing for it. */
function isClientsFault(error: unknown): boolean {
  return error instanceof AppError && error.status < 500;
}

/** Limits by what a caller has used, wherever it asks from. @param deps.subjectOf whom the caller counts for */
export function limitByCaller(
  deps: WaitingDeps & { subjectOf: (caller: Caller) => Subject },
): Middleware {
  return function limitByCaller(ctx, next) {
    const { identity } = ctx.state;
    if (identity === null || identity.method === 'none') return next();
    return take(deps, ctx, deps.subjectOf(identity), next);
  };
}

/** @throws {AppError} RATE_LIMIT_EXCEEDED, SERVICE_UNAVAILABLE */
function take(
  { limiter, onRefused, together }: WaitingDeps,
  ctx: RequestContext,
  subject: Subject,
  next: () => Promise<void>,
): Promise<void> {
  const go = (decision: Decision) => {
    if (decision.outcome === 'bypassed') return next();
    writeHeaders(ctx.res, decision);
    describe(decision);
    if (decision.outcome === 'admitted') return next();
    onRefused(decision, ctx.state.route);
    throw refusal(decision, 'request', cost);
  };
  const { cost } = ctx.state.facts;
  ctx.state.subject = subject.id;
  const decision = limiter.decide(subject, cost);
  if (!(decision instanceof Promise)) return go(decision);
  return together(ctx.req, () => decision).then(go);
}

/**
 * Takes further units of the longest window (the hour) for the caller of a request, once its body tells what it
 * costs: all of them, or none. What its route costs was taken before.
 *
 * More than the window holds takes what is left of an empty one, since otherwise it could never run.
 *
 * @throws {AppError} RATE_LIMIT_EXCEEDED, SERVICE_UNAVAILABLE
 */
export type Charge = (ctx: RequestContext, units: number) => Promise<void>;

export function createCharge(deps: Deps & { subjectOf: (caller: Caller) => Subject }): Charge {
  const longest = new WeakMap<PolicySet, PolicySet>();
  const setOf = (set: PolicySet): PolicySet => {
    const known = longest.get(set) ?? chargingLongest(set);
    longest.set(set, known);
    return known;
  };
  return async function charge(ctx, units) {
    const { identity, facts } = ctx.state;
    const known = identity !== null && identity.method !== 'none';
    const whole = known ? deps.subjectOf(identity) : deps.subjects.ofRequest(ctx.req);
    const subject = { ...whole, set: setOf(whole.set) };
    const most = Math.min(...subject.set.quotas.filter((_, i) => subject.set.charged[i]));
    const cost = Math.min(units, most - facts.cost);
    const decision = await deps.limiter.decide(subject, cost);
    if (decision.outcome === 'bypassed') return;
    writeHeaders(ctx.res, decision);
    describe(decision);
    if (decision.outcome === 'admitted') return;
    deps.onRefused(decision, ctx.state.route);
    throw refusal(decision, 'request', cost);
  };
}

/** On the server span. */
function describe(decision: Decision): void {
  const span: Span | undefined = trace.getActiveSpan();
  if (span === undefined || !span.isRecording()) return;
  const { outcome, policy, source, remaining } = decision;
  span.setAttribute(attr.rateLimitResult, outcome);
  span.setAttribute(attr.rateLimitPolicy, policy.name);
  span.setAttribute(attr.rateLimitSource, source);
  span.setAttribute(attr.rateLimitRemaining, remaining);
  if (outcome === 'limited') span.addEvent('rate_limit.limited', { policy: policy.name });
}
