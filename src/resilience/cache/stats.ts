import type { CacheCounts, CacheEvents } from './cache.ts';
import type { LocalTier } from './local-tier.ts';

type Counted = Omit<CacheCounts, 'cached_entries' | 'memory_usage_estimate'>;

const nothing = (): Counted => ({
  hits: 0,
  misses: 0,
  stale: 0,
  loads: 0,
  coalesced: 0,
  evictions: 0,
});

/** The same events, counted on the way for `getCacheStats()`. */
export function createCounts(events: CacheEvents) {
  const counts = new Map<string, Counted>();
  const of = (cache: string): Counted => {
    const found = counts.get(cache) ?? nothing();
    counts.set(cache, found);
    return found;
  };
  const counting: CacheEvents = {
    ...events,
    lookedUp(cache, tier, result) {
      if (result === 'hit' || result === 'negative') of(cache).hits += 1;
      else if (result === 'stale') of(cache).stale += 1;
      else if (result === 'miss') of(cache).misses += 1;
      events.lookedUp(cache, tier, result);
    },
    loaded(cache, mode, outcome, seconds) {
      of(cache).loads += 1;
      events.loaded(cache, mode, outcome, seconds);
    },
    coalesced(cache, scope) {
      of(cache).coalesced += 1;
      events.coalesced(cache, scope);
    },
    evicted(cache, reason) {
      of(cache).evictions += 1;
      events.evicted(cache, reason);
    },
  };
  const withUsage = (counted: Counted, used: { entries: number; bytes: number }): CacheCounts => ({
    cached_entries: used.entries,
    memory_usage_estimate: used.bytes,
    ...counted,
  });

  return {
    events: counting,
    total(local: LocalTier): CacheCounts {
      const sum = nothing();
      for (const counted of counts.values()) {
        for (const name of Object.keys(sum) as (keyof Counted)[]) sum[name] += counted[name];
      }
      return withUsage(sum, local);
    },
    byCache(local: LocalTier, names: readonly string[]): Record<string, CacheCounts> {
      const usage = local.usage();
      return Object.fromEntries(
        names.map((name) => [
          name,
          withUsage(counts.get(name) ?? nothing(), usage.get(name) ?? { entries: 0, bytes: 0 }),
        ]),
      );
    },
  };
}
