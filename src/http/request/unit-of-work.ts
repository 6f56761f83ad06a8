import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Middleware } from './context.ts';

/** One identity map per request, made when it is first asked for; its queries are cancelled on the server when the request's signal aborts. */
export function unitOfWork(deps: { fork: (signal: AbortSignal) => SqlEntityManager }): Middleware {
  return function unitOfWork(ctx, next) {
    ctx.state.fork = deps.fork;
    return next();
  };
}
