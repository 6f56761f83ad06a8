import { trace, type Span } from '@opentelemetry/api';
import { attr } from '#telemetry/conventions.ts';
import { AppError } from '../../errors.ts';
import { bringsCredentials } from '../../http/request/authenticate.ts';
import type { Caller } from '../../http/request/caller.ts';
import type { Middleware, RequestContext } from '../../http/request/context.ts';
import type { Decision } from './decision.ts';
import { writeHeaders } from './headers.ts';
import { refusal } from './refusal.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { Subject, Subjects } from './subject.ts';

interface Deps {
  limiter: RateLimiter;
  subjects: Subjects;
  /** A request was refused. */
  onRefused: (decision: Decision, route: string) => void;
}

/**
 * Limits by the address of the client, by what the route costs, before anything is read or looked up. The
 * headers are on whatever is answered below. A preflight is not limited. Who says who it is counts for
 * itself, wherever it asks from; what turns out to be wrong counts for the address.
 */
export function limitByAddress(
  deps: Deps & {
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
      if (!(error instanceof AppError) || error.code !== 'UNAUTHORIZED') throw error;
      return count(ctx, () => Promise.reject(error));
    }
  };
  return function limitByAddress(ctx, next) {
    if (ctx.method === 'OPTIONS') return next();
    if (!deps.authenticated || ctx.state.facts.access === 'public') return count(ctx, next);
    return bringsCredentials(ctx.req) ? orCount(ctx, next) : count(ctx, next);
  };
}

/** Limits by what a caller has used, wherever it asks from. @param deps.subjectOf whom the caller counts for */
export function limitByCaller(deps: Deps & { subjectOf: (caller: Caller) => Subject }): Middleware {
  return function limitByCaller(ctx, next) {
    const { identity } = ctx.state;
    if (identity === null || identity.method === 'none') return next();
    return take(deps, ctx, deps.subjectOf(identity), next);
  };
}

/** @throws {AppError} RATE_LIMIT_EXCEEDED, SERVICE_UNAVAILABLE */
function take(
  { limiter, onRefused }: Deps,
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
    throw refusal(decision, 'request');
  };
  ctx.state.subject = subject.id;
  const decision = limiter.decide(subject, ctx.state.facts.cost);
  return decision instanceof Promise ? decision.then(go) : go(decision);
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
