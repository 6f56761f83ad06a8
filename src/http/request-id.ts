import type { Middleware } from './context.ts';

const ACCEPTED = /^[A-Za-z0-9._-]{1,128}$/;

/** First in the stack: gives the request its identity and its clock, and every answer `X-Request-ID` and `X-Process-Time`. */
export function requestId(deps: { newId: () => string; now: () => number }): Middleware {
  return async function requestId(ctx, next) {
    const offered = ctx.get('X-Request-ID');
    ctx.state.requestId = ACCEPTED.test(offered) ? offered : deps.newId();
    ctx.state.startedAt = deps.now();
    ctx.set('X-Request-ID', ctx.state.requestId);
    try {
      await next();
    } finally {
      if (!ctx.headerSent) {
        ctx.set('X-Process-Time', ((deps.now() - ctx.state.startedAt) / 1000).toFixed(6));
      }
    }
  };
}
