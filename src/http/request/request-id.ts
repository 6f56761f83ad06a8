import { RequestState, type Middleware } from './context.ts';

const ACCEPTED = /^[A-Za-z0-9._-]{1,128}$/;

/** First in the stack: gives the request its identity and its clock, and every answer `X-Request-ID` and `X-Process-Time`. */
export function requestId(deps: { newId: () => string; now: () => number }): Middleware {
  return async function requestId(ctx, next) {
    const offered = ctx.req.headers['x-request-id'];
    const id = typeof offered === 'string' && ACCEPTED.test(offered) ? offered : deps.newId();
    const startedAt = deps.now();
    ctx.state = new RequestState(id, startedAt);
    ctx.res.setHeader('X-Request-ID', id);
    try {
      await next();
    } finally {
      if (!ctx.res.headersSent) {
        ctx.res.setHeader('X-Process-Time', ((deps.now() - startedAt) / 1000).toFixed(6));
      }
    }
  };
}
