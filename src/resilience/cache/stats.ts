import type { CacheCounts, CacheEvents } from './cache.ts';

/** The same events, counted on the way for `getCacheStats()`. */
export function createStats(events: CacheEvents) {
  const counts = new Map<string, CacheCounts>();
  const of = (cache: string): CacheCounts => {
    const found = counts.get(cache) ?? nothing();
    counts.set(cache, found);
    return found;
  };
  const counting: CacheEvents = {
    ...events,
    defined(cache) {
      of(cache);
      events.defined(cache);
    },
    lookedUp(cache, tier, result) {
      if (result === 'hit' || result === 'negative') of(cache).hits += 1;
      else if (result === 'stale') of(cache).stale += 1;
      else if (result === 'miss') of(cache).misses += 1;
      events.lookedUp(cache, tier, result);
    },
    loaded(cache, ...about) {
      of(cache).loads += 1;
      events.loaded(cache, ...about);
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

  return {
    events: counting,
    /** @param usage entries and bytes by cache */
    read(usage: ReadonlyMap<string, { entries: number; bytes: number }>) {
      const total = nothing();
      const caches: Record<string, CacheCounts> = {};
      for (const [cache, counted] of counts) {
        const { entries, bytes } = usage.get(cache) ?? { entries: 0, bytes: 0 };
        const all = { ...counted, cached_entries: entries, memory_usage_estimate: bytes };
        caches[cache] = all;
        for (const name of Object.keys(total) as (keyof CacheCounts)[]) total[name] += all[name];
      }
      return { ...total, caches };
    },
  };
}

function nothing(): CacheCounts {
  const counted = { hits: 0, misses: 0, stale: 0, loads: 0, coalesced: 0, evictions: 0 };
  return { cached_entries: 0, memory_usage_estimate: 0, ...counted };
}
