import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Middleware } from './context.ts';

/** One identity map per request; its queries are cancelled on the server when the request's signal aborts. */
export function unitOfWork(deps: { fork: (signal: AbortSignal) => SqlEntityManager }): Middleware {
  return async function unitOfWork(ctx, next) {
    ctx.state.em = deps.fork(ctx.state.signal);
    await next();
  };
}
