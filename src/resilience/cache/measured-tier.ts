import type { CacheEvents, Clock } from './cache.ts';
import type { SharedTier } from './shared-tier.ts';

/** The same tier; how long everything took and whether it worked is told. */
export function measured(
  tier: SharedTier,
  events: Pick<CacheEvents, 'operated'>,
  clock: Clock,
): SharedTier {
  const timed = async <T>(
    cache: string,
    operation: Parameters<CacheEvents['operated']>[1],
    work: Promise<T>,
  ): Promise<T> => {
    const startedAt = clock.nowMs();
    const ended = (outcome: 'ok' | 'error') =>
      events.operated(cache, operation, outcome, (clock.nowMs() - startedAt) / 1000);
    try {
      const result = await work;
      ended('ok');
      return result;
    } catch (error) {
      ended('error');
      throw error;
    }
  };
  return {
    read: (at, options) => timed(at.cache, 'read', tier.read(at, options)),
    store: (at, lease, entry) => timed(at.cache, 'store', tier.store(at, lease, entry)),
    renew: (at, lease) => timed(at.cache, 'renew', tier.renew(at, lease)),
    release: (at, lease, failed) => timed(at.cache, 'release', tier.release(at, lease, failed)),
    remove: (at) => timed(at.cache, 'remove', tier.remove(at)),
    invalidate: (what) => timed('all', 'invalidate', tier.invalidate(what)),
    position: () => timed('all', 'poll', tier.position()),
  };
}
