import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { RequestContext } from '../../http/request/context.ts';
import type { Tagged } from '../../http/routing/etag.ts';
import { markCached } from '../../resilience/cache/cache-status.ts';
import type { AssessmentCache } from './assessment-cache.ts';
import { findResult, isOf, noSuchAssessment } from './assessment-store.ts';

/**
 * A stored result, from the cache or the database, for who may see it.
 *
 * @throws {AppError} NOT_FOUND
 */
export type ReadResult = (ctx: RequestContext, id: string) => Promise<Tagged>;

export function createReadResult(deps: {
  cache: AssessmentCache;
  /** A database session that ends with the signal, whoever's request is over. */
  em: (signal: AbortSignal) => SqlEntityManager;
}): ReadResult {
  return async (ctx, id) => {
    const within = ctx.state.caller.candidateId;
    // Before the cache: how soon it answers says that there is something. Whose it is never changes.
    if (within !== null && !(await isOf(ctx.state.em, id, within))) throw noSuchAssessment();
    const load = (signal: AbortSignal) => findResult(deps.em(signal), id);
    const found = await deps.cache.result(id, load, ctx.state.signal);
    markCached(ctx, found);
    if (found.value === undefined) throw noSuchAssessment();
    return found.value;
  };
}
