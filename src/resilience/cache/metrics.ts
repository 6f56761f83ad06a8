import { buckets } from '#telemetry/conventions.ts';
import type { Logger } from '#telemetry/logger.ts';
import { counter, gauge, histogram } from '#telemetry/metrics.ts';
import type { Cache, CacheEvents } from './cache.ts';

/** Defined caches, `functions` for those without a name, `other` for names that are not listed here. */
const names = [
  'engine_results',
  'assessment_results',
  'candidate_stats',
  'functions',
  'other',
] as const;
type Name = (typeof names)[number];
/** `all`: what concerns every cache. */
const namesAndAll = [...names, 'all'] as const;
const outcomes = ['ok', 'error'] as const;
const operations = ['read', 'store', 'release', 'renew', 'remove', 'invalidate', 'poll'] as const;

const known: ReadonlySet<string> = new Set(names);
const nameOf = (cache: string): Name => (known.has(cache) ? (cache as Name) : 'other');
const nameOrAll = (cache: string): Name | 'all' => (cache === 'all' ? cache : nameOf(cache));

export const cacheRequests = counter({
  name: 'cache_requests_total',
  help: 'Look-ups by where the answer came from and what it was',
  labels: {
    cache: names,
    tier: ['l1', 'l2', 'origin'],
    result: ['hit', 'stale', 'miss', 'negative', 'error', 'bypass'],
  },
});

export const cacheLoads = counter({
  name: 'cache_loads_total',
  help: 'Loads from the origin, for somebody who waits or in the background',
  labels: {
    cache: names,
    mode: ['foreground', 'refresh'],
    outcome: ['found', 'absent', 'failed', 'cancelled'],
  },
});

export const cacheLoadDuration = histogram({
  name: 'cache_load_duration_seconds',
  help: 'Time of loads from the origin',
  labels: { cache: names, outcome: ['found', 'absent', 'failed', 'cancelled'] },
  buckets: buckets.http,
});

export const cacheCoalesced = counter({
  name: 'cache_coalesced_total',
  help: 'Callers that waited for a load of another caller, or of another process',
  labels: { cache: names, scope: ['process', 'fleet'] },
});

export const cacheOperationDuration = histogram({
  name: 'cache_operation_duration_seconds',
  help: 'Time of commands to the shared tier',
  labels: {
    cache: namesAndAll,
    operation: operations,
    outcome: outcomes,
  },
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1],
});

export const cacheEvictions = counter({
  name: 'cache_evictions_total',
  help: 'Entries of the process that went before they were replaced',
  labels: {
    cache: names,
    reason: ['size', 'expired', 'invalidated', 'negative_budget', 'corrupt'],
  },
});

export const cacheInvalidations = counter({
  name: 'cache_invalidations_total',
  help: 'Keys, tags and caches declared void, here or by another process',
  labels: { cache: namesAndAll, kind: ['key', 'tag', 'all'], origin: ['local', 'bus'] },
});

export const cacheWritesRejected = counter({
  name: 'cache_writes_rejected_total',
  help: 'Loaded values that were not kept, by reason',
  labels: {
    cache: names,
    reason: ['generation', 'lease', 'invalidated', 'too_large', 'not_json'],
  },
});

export const cacheBusGaps = counter({
  name: 'cache_bus_gaps_total',
  help: 'Times that invalidations of other processes were missed',
});

export const cacheBusConnected = gauge({
  name: 'cache_bus_connected',
  help: '1 while invalidations of other processes are heard; absent without Redis',
  labels: { bus: ['redis'] },
  collect: (self) => {
    const { shared, bus_connected } = observed?.getCacheStats() ?? {};
    if (shared === true) self.set({ bus: 'redis' }, bus_connected === true ? 1 : 0);
    else self.remove({ bus: 'redis' });
  },
});

/** The cache of the service that runs in this process. */
let observed: Pick<Cache, 'usage' | 'getCacheStats'> | undefined;

function eachName(set: (cache: Name, used: { entries: number; bytes: number }) => void): void {
  const sums = new Map(names.map((name) => [name, { entries: 0, bytes: 0 }]));
  for (const [cache, { entries, bytes }] of observed?.usage() ?? []) {
    const name = nameOf(cache);
    const sum = sums.get(name) ?? { entries: 0, bytes: 0 };
    sums.set(name, { entries: sum.entries + entries, bytes: sum.bytes + bytes });
  }
  for (const [name, sum] of sums) set(name, sum);
}

export const cacheEntries = gauge({
  name: 'cache_entries',
  help: 'Entries in the process',
  labels: { cache: names },
  collect: (self) => eachName((cache, { entries }) => self.set({ cache }, entries)),
});

export const cacheBytes = gauge({
  name: 'cache_bytes',
  help: 'Memory that entries in the process take, estimated',
  labels: { cache: names },
  collect: (self) => eachName((cache, { bytes }) => self.set({ cache }, bytes)),
});

export function observeCache(cache: Pick<Cache, 'usage' | 'getCacheStats'>): void {
  observed = cache;
}

/** Metrics and log lines of the cache. */
export function cacheEvents(deps: { log: Logger }): CacheEvents {
  const { log } = deps;
  return {
    lookedUp: (cache, tier, result) => cacheRequests.inc({ cache: nameOf(cache), tier, result }),
    loaded(name, mode, outcome, seconds) {
      const cache = nameOf(name);
      cacheLoads.inc({ cache, mode, outcome });
      cacheLoadDuration.observe({ cache, outcome }, seconds);
    },
    coalesced: (cache, scope) => cacheCoalesced.inc({ cache: nameOf(cache), scope }),
    operated(cache, operation, outcome, seconds) {
      const labels = { cache: nameOrAll(cache), operation, outcome };
      cacheOperationDuration.observe(labels, seconds);
    },
    evicted: (cache, reason) => cacheEvictions.inc({ cache: nameOf(cache), reason }),
    invalidated: (cache, kind, origin) =>
      cacheInvalidations.inc({ cache: nameOrAll(cache), kind, origin }),
    writeRejected: (cache, reason) => cacheWritesRejected.inc({ cache: nameOf(cache), reason }),
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
