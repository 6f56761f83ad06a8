import type { RequestContext } from '../../http/request/context.ts';
import type { Behaviour } from '../../http/routing/route.ts';
import type { Found } from './cache.ts';

/** Of routes that call `markCached`. */
export const cacheable: Behaviour = {
  responseHeaders: {
    'Cache-Status': {
      description: 'Where the answer came from (RFC 9211); not on a replayed one.',
      example: 'sono-eval; hit; ttl=272',
    },
    Age: {
      description: 'Seconds since it was made, when it came from the cache.',
      example: 28,
      type: 'integer',
    },
  },
  // That something does not exist is kept, too.
  alsoOn: { status: 404, name: 'Cached' },
};

/**
 * Tells the client where the answer came from: `Cache-Status` (RFC 9211), and `Age` for what was kept. What
 * is kept may depend on who asks, so nobody downstream may give it to somebody else.
 */
export function markCached(
  ctx: RequestContext,
  found: Pick<Found<unknown>, 'result' | 'ageMs' | 'ttlMs' | 'stored'>,
): void {
  const { res } = ctx;
  res.setHeader('Cache-Status', `sono-eval; ${status(found)}`);
  // As `cors` leaves it: to read it costs more than the lookup did.
  if (res.getHeader('Vary') === 'Origin') res.setHeader('Vary', 'Origin, Authorization, X-API-Key');
  else ctx.vary(['Authorization', 'X-API-Key']);
  if (isFromCache(found)) res.setHeader('Age', String(Math.floor(found.ageMs / 1000)));
}

/** Not the answer of a load that was made for this caller, or shared with him. */
export function isFromCache({ result }: Pick<Found<unknown>, 'result'>): boolean {
  return result === 'hit' || result === 'stale' || result === 'negative';
}

function status(found: Parameters<typeof markCached>[1]): string {
  if (isFromCache(found)) return `hit; ttl=${Math.floor(found.ttlMs / 1000)}`;
  if (found.result === 'bypass') return 'fwd=bypass';
  return found.stored ? 'fwd=uri-miss; stored' : 'fwd=uri-miss';
}
