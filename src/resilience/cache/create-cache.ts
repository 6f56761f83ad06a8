import type { Cache, CacheDeps } from './cache.ts';
import { createFlights } from './flights.ts';
import { createHeartbeat, type Heartbeat } from './heartbeat.ts';
import { createInvalidation } from './invalidation.ts';
import type { Answer } from './keeper.ts';
import { createLocalTier } from './local-tier.ts';
import { measured } from './measured-tier.ts';
import { createDefine } from './named-cache.ts';
import { createReadThrough } from './read-through.ts';
import { createCounts } from './stats.ts';
import { createTrust } from './trust.ts';

/** Puts the parts of the cache together; `cache.ts` is its contract. */
export function createCache(deps: CacheDeps): Cache {
  const { clock, random, newToken } = deps;
  const counts = createCounts(deps.events);
  const { events } = counts;
  const shared = deps.enabled ? deps.shared : null;
  const tier = shared === null ? null : measured(shared.tier, events, clock);
  const flights = createFlights<Answer>(clock);
  const local = createLocalTier({ maxBytes: deps.maxBytes, events });
  const trust = createTrust({ clock, events });
  const { doom } = flights;
  const onMissed = () => heartbeat.hurry();
  const self = newToken();
  const invalidations = createInvalidation({ tier, local, doom, events, onMissed, self });
  const parts = { tier, local, flights, trust, invalidations, events, clock, random, newToken };
  const readThrough = createReadThrough(parts);
  const heartbeat: Heartbeat = createHeartbeat({ ...parts, bus: shared?.bus ?? null });
  let open = deps.enabled;
  const defined = createDefine({ readThrough, events, isOpen: () => open });

  return {
    ...defined,
    invalidate: (what) => invalidations.invalidate(what),
    getCacheStats: () => ({
      ...counts.total(local),
      enabled: deps.enabled,
      shared: tier !== null,
      bus_connected: trust.busConnected,
      max_bytes: deps.maxBytes,
      caches: counts.byCache(local, defined.names()),
    }),
    start: () => heartbeat.start(),
    async close() {
      open = false;
      await heartbeat.stop();
      flights.abortAll(new Error('The cache was closed.'));
      await invalidations.delivered().catch(() => undefined);
    },
  };
}
