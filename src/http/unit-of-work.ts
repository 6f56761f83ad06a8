import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Middleware } from './context.ts';

/** One identity map per request, made when it is first asked for; its queries are cancelled on the server when the request's signal aborts. */
export function unitOfWork(deps: { fork: (signal: AbortSignal) => SqlEntityManager }): Middleware {
  return async function unitOfWork(ctx, next) {
    let em: SqlEntityManager | undefined;
    Object.defineProperty(ctx.state, 'em', {
      get: () => (em ??= deps.fork(ctx.state.signal)),
    });
    await next();
  };
}
