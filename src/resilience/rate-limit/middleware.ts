import { trace, type Span } from '@opentelemetry/api';
import { attr } from '#telemetry/conventions.ts';
import { AppError } from '../../errors.ts';
import type { Middleware, RequestContext } from '../../http/request/context.ts';
import { violated, type Decision } from './decision.ts';
import { seconds, writeHeaders } from './headers.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { Subjects } from './subject.ts';

/**
 * Limits every request by the address of its client, by what its route costs, before anything is read or looked up for it. The headers
 * are on whatever is answered below. A preflight is not limited.
 */
export function limitByAddress(deps: {
  limiter: RateLimiter;
  subjects: Subjects;
  /** A request was refused. */
  onRefused: (decision: Decision, route: string) => void;
}): Middleware {
  const { limiter, subjects, onRefused } = deps;

  const go = (ctx: RequestContext, next: () => Promise<void>, decision: Decision) => {
    if (decision.outcome === 'bypassed') return next();
    writeHeaders(ctx.res, decision);
    describe(decision);
    if (decision.outcome === 'admitted') return next();
    onRefused(decision, ctx.state.route);
    throw refusal(decision);
  };

  return function limitByAddress(ctx, next) {
    if (ctx.method === 'OPTIONS') return next();
    const subject = subjects.ofRequest(ctx.req);
    ctx.state.subject = subject.id;
    const decision = limiter.decide(subject, ctx.state.facts.cost);
    return decision instanceof Promise
      ? decision.then((decided) => go(ctx, next, decided))
      : go(ctx, next, decision);
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

function refusal(decision: Decision): AppError {
  const { outcome, policy, retryAfterMs } = decision;
  const retryAfter = seconds(retryAfterMs);
  if (outcome === 'unavailable') {
    return new AppError('SERVICE_UNAVAILABLE', 'This request cannot be admitted right now.', {
      retryAfter,
    });
  }
  return new AppError(
    'RATE_LIMIT_EXCEEDED',
    `No more than ${policy.quota} requests are admitted in any ${seconds(policy.windowMs)} seconds.`,
    {
      retryAfter,
      help: { suggestion: `Try again in ${retryAfter} seconds. RateLimit tells what is left.` },
      extensions: { violated_policies: violated(decision).map(({ name }) => name) },
    },
  );
}
