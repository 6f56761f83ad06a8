import type { Cache, CacheDeps, CacheEvents, Clock } from './cache.ts';
import { createDefine } from './define.ts';
import { createEntryWriter } from './entry-writer.ts';
import { createFreshness } from './freshness.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createInvalidations } from './invalidation.ts';
import { createLocalTier } from './local-tier.ts';
import { createLookup } from './lookup.ts';
import type { RemoteTier } from './remote-tier.ts';
import { createSingleFlight } from './single-flight.ts';
import { createStats } from './stats.ts';

/** Puts the parts of the cache together; `cache.ts` is its contract. */
export function createCache(deps: CacheDeps): Cache {
  const { enabled, clock, maxBytes, newToken } = deps;
  const stats = createStats(deps.events);
  const { events } = stats;
  const tier = enabled && deps.shared ? measured(deps.shared.tier, events, clock) : null;
  const shared = tier && deps.shared ? { tier, bus: deps.shared.bus } : null;
  const base = { ...deps, events, tier, shared };
  const local = createLocalTier({ maxBytes, events });
  const singleFlight = createSingleFlight(clock);
  const freshness = createFreshness(base);
  const invalidations = createInvalidations({ ...base, local, singleFlight, self: newToken() });
  const writer = createEntryWriter({ ...base, local });
  const lookup = createLookup({ ...base, local, singleFlight, freshness, invalidations, writer });
  const heartbeat = createHeartbeat({ ...base, freshness, invalidations });
  let isOpen = enabled;

  return {
    ...createDefine({ lookup, events, isOpen: () => isOpen }),
    invalidate: (what) => invalidations.invalidate(what),
    erase: (what) => invalidations.erase(what),
    erasedElsewhere: (text) => invalidations.erasedElsewhere(text),
    isShared: tier !== null,
    get isBehind() {
      return invalidations.pending;
    },
    getCacheStats: () => ({
      ...stats.read(local.usage()),
      enabled,
      shared: tier !== null,
      bus_connected: freshness.busConnected,
      max_bytes: maxBytes,
    }),
    start: () => heartbeat.start(),
    async close() {
      isOpen = false;
      await heartbeat.stop();
      singleFlight.close(new Error('The cache was closed.'));
      await invalidations.delivered().catch(() => undefined);
    },
  };
}

/** The same tier; how long every command took and whether it worked is told. */
function measured(tier: RemoteTier, events: CacheEvents, clock: Clock): RemoteTier {
  const timed =
    <A extends unknown[], R>(
      operation: Parameters<CacheEvents['operated']>[1],
      command: (...args: A) => Promise<R>,
    ) =>
    async (...args: A): Promise<R> => {
      const at = args[0] as { cache?: string } | undefined;
      const startedAt = clock.nowMs();
      let outcome: 'ok' | 'error' = 'error';
      try {
        const result = await command(...args);
        outcome = 'ok';
        return result;
      } finally {
        const seconds = (clock.nowMs() - startedAt) / 1000;
        events.operated(at?.cache ?? 'all', operation, outcome, seconds);
      }
    };
  return {
    read: timed('read', tier.read),
    store: timed('store', tier.store),
    renew: timed('renew', tier.renew),
    release: timed('release', tier.release),
    remove: timed('remove', tier.remove),
    invalidate: timed('invalidate', tier.invalidate),
    poll: timed('poll', tier.poll),
  };
}
