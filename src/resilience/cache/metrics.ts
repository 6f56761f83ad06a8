import { buckets } from '#telemetry/conventions.ts';
import type { Logger } from '#telemetry/logger.ts';
import { bounded, counter, histogram, observableGauge } from '#telemetry/metrics.ts';
import type { Cache, CacheEvents } from './cache.ts';
import type { Erasures } from './erasures.ts';

/** Caches come with the code that defines them; `all` is what concerns every cache. */
const cache = bounded(20);
const outcomes = ['ok', 'error'] as const;
const operations = ['read', 'store', 'release', 'renew', 'remove', 'invalidate', 'poll'] as const;

export const cacheRequests = counter({
  name: 'cache_requests_total',
  help: 'Lookups by where the answer came from and what it was',
  labels: {
    cache,
    tier: ['l1', 'l2', 'origin'],
    result: ['hit', 'stale', 'miss', 'negative', 'error', 'bypass'],
  },
});

export const cacheLoads = counter({
  name: 'cache_loads_total',
  help: 'Loads from the origin, for somebody who waits or in the background',
  labels: {
    cache,
    mode: ['foreground', 'refresh'],
    outcome: ['found', 'absent', 'failed', 'cancelled'],
  },
});

export const cacheLoadDuration = histogram({
  name: 'cache_load_duration_seconds',
  help: 'Time of loads from the origin',
  labels: { cache, outcome: ['found', 'absent', 'failed', 'cancelled'] },
  buckets: buckets.http,
});

export const cacheCoalesced = counter({
  name: 'cache_coalesced_total',
  help: 'Callers that waited for a load of another caller, or of another process',
  labels: { cache, scope: ['process', 'fleet'] },
});

export const cacheOperationDuration = histogram({
  name: 'cache_operation_duration_seconds',
  help: 'Time of commands to the shared tier',
  labels: {
    cache,
    operation: operations,
    outcome: outcomes,
  },
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1],
});

export const cacheEvictions = counter({
  name: 'cache_evictions_total',
  help: 'Entries of the process that went before they were replaced',
  labels: {
    cache,
    reason: ['size', 'expired', 'invalidated', 'negative_budget', 'corrupt'],
  },
});

export const cacheInvalidations = counter({
  name: 'cache_invalidations_total',
  help: 'Keys, tags and caches declared void, here or by another process',
  labels: { cache, kind: ['key', 'tag', 'all'], origin: ['local', 'bus'] },
});

export const cacheWritesRejected = counter({
  name: 'cache_writes_rejected_total',
  help: 'Loaded values that were not kept, by reason',
  labels: {
    cache,
    reason: ['generation', 'lease', 'invalidated', 'too_large', 'not_json'],
  },
});

export const cacheBusGaps = counter({
  name: 'cache_bus_gaps_total',
  help: 'Times that invalidations of other processes were missed',
});

export const cacheBusConnected = observableGauge({
  name: 'cache_bus_connected',
  help: '1 while invalidations of other processes are heard; absent without Redis',
  labels: { bus: ['redis'] },
  combine: 'min',
});

export const cacheErasuresPending = observableGauge({
  name: 'cache_erasures_pending',
  help: 'Erasures that are committed while cached copies may be readable, when the process looked last',
  labels: {},
  combine: 'max',
});

export const cacheEntries = observableGauge({
  name: 'cache_entries',
  help: 'Entries in the process',
  labels: { cache },
});

export const cacheBytes = observableGauge({
  name: 'cache_bytes',
  help: 'Memory that entries in the process take, estimated',
  labels: { cache },
});

/** Shows what a cache holds at each scrape. @returns ends it */
export function observeCache({ getCacheStats }: Pick<Cache, 'getCacheStats'>): () => void {
  const stops = [
    cacheBusConnected.addCallback((observe) => {
      const { shared, bus_connected } = getCacheStats();
      if (shared) observe({ bus: 'redis' }, bus_connected ? 1 : 0);
    }),
    cacheEntries.addCallback((observe) => {
      for (const [name, { cached_entries }] of Object.entries(getCacheStats().caches)) {
        observe({ cache: name }, cached_entries);
      }
    }),
    cacheBytes.addCallback((observe) => {
      for (const [name, { memory_usage_estimate }] of Object.entries(getCacheStats().caches)) {
        observe({ cache: name }, memory_usage_estimate);
      }
    }),
  ];
  return () => stops.forEach((stop) => stop());
}

/** Shows what is not delivered at each scrape. @returns ends it */
export function observeErasures({ pending }: Pick<Erasures, 'pending'>): () => void {
  return cacheErasuresPending.addCallback((observe) => observe({}, pending()));
}

/** Metrics and log lines of the cache. */
export function cacheEvents(deps: { log: Logger }): CacheEvents {
  const { log } = deps;
  cacheInvalidations.init({ cache: 'all' });
  /** Looked up once for each series: as many as there are caches, tiers and results. */
  const requests = new Map<string, (by: number) => void>();
  return {
    defined(cache) {
      const counters = [
        cacheRequests,
        cacheLoads,
        cacheCoalesced,
        cacheEvictions,
        cacheInvalidations,
        cacheWritesRejected,
      ];
      for (const each of counters) each.init({ cache });
    },
    lookedUp(cache, tier, result) {
      const key = `${cache} ${tier} ${result}`;
      const count = requests.get(key) ?? cacheRequests.of({ cache, tier, result });
      requests.set(key, count);
      count(1);
    },
    loaded(cache, mode, outcome, seconds) {
      cacheLoads.inc({ cache, mode, outcome });
      cacheLoadDuration.observe({ cache, outcome }, seconds);
    },
    coalesced: (cache, scope) => cacheCoalesced.inc({ cache, scope }),
    operated(cache, operation, outcome, seconds) {
      const labels = { cache, operation, outcome };
      cacheOperationDuration.observe(labels, seconds);
    },
    evicted: (cache, reason) => cacheEvictions.inc({ cache, reason }),
    invalidated: (cache, kind, origin) => cacheInvalidations.inc({ cache, kind, origin }),
    writeRejected: (cache, reason) => cacheWritesRejected.inc({ cache, reason }),
    busGap() {
      cacheBusGaps.inc({});
      log.warn(
        'Invalidations of other processes were missed; entries are checked before they are served.',
        {
          'event.name': 'cache.bus_gap',
        },
      );
    },
    busConnected(connected) {
      const fields = { 'event.name': 'cache.bus_changed', connected };
      if (connected) log.info('Invalidations of other processes are heard.', fields);
      else log.warn('Invalidations of other processes are not heard.', fields);
    },
  };
}
