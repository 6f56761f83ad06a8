import { limit } from '#grafana/thresholds.ts';
import { percent, quantity } from '../texts.ts';
import { alert, record, type RuleFile } from '../rule.ts';

export const cache: RuleFile = {
  name: 'cache',
  about: 'What is answered from the cache, and whether Redis and the other processes can be heard.',
  groups: {
    records: [
      record(
        'job_cache:cache_requests_hits:ratio_rate5m',
        `
            sum by (job, cache) (rate(cache_requests_total{result=~"hit|stale|negative"}[5m]))
            /
            (sum by (job, cache) (rate(cache_requests_total{result!~"error|bypass"}[5m])) > 0)
          `,
      ),
    ],
    alerts: [
      // Most submissions are new: that the engine has not seen them is no fault. Rights are kept for 5 s only.
      alert('CacheHitRatioLow', {
        expr: `
            job_cache:cache_requests_hits:ratio_rate5m ${limit('CacheHitRatioLow')}
            and on (job, cache)
            sum by (job, cache) (rate(cache_requests_total{result!~"error|bypass",cache!~"engine_results|access_.*"}[5m])) > 1
          `,
        for: '30m',
        cause: 'redis',
        summary: 'The cache {{ $labels.cache }} seldom has the answer',
        description: `
            Of the lookups in {{ $labels.cache }} of the last 5 minutes ${percent} were answered from
            the cache; it has been so few for 30 minutes.`,
        dashboard: 'cache',
      }),
      alert('CacheErrors', {
        expr: `
            sum by (job) (rate(cache_requests_total{tier="l2",result="error"}[5m]))
            /
            (sum by (job) (rate(cache_requests_total[5m])) > 0)
            ${limit('CacheErrors')}
          `,
        for: '10m',
        cause: 'redis',
        summary: 'Redis does not answer the cache',
        description: `
            For ${percent} of the lookups of the last 5 minutes Redis gave no answer in
            time. They are served from the process or from the database, at most 16 loads at
            a time.`,
        dashboard: 'cache',
      }),
      alert('CacheBusDown', {
        expr: `cache_bus_connected ${limit('CacheBusDown')}`,
        for: '5m',
        cause: 'redis',
        summary: '{{ $labels.instance }} does not hear what others invalidate',
        description: `
            {{ $labels.instance }} has not been subscribed to invalidations for 5 minutes
            (cache_bus_connected is {{ $value }}). It compares every entry with Redis before
            it serves it.`,
        dashboard: 'cache',
      }),
      // All look into the same table: who saw one looks every second, who did not hear of it does not.
      alert('CacheErasuresPending', {
        expr: `max by (job) (cache_erasures_pending) ${limit('CacheErasuresPending')}`,
        for: '5m',
        // Whatever keeps Redis away: that it does must not keep this quiet.
        cause: 'privacy',
        summary: 'What was erased may still be readable',
        description: `
            For 5 minutes no instance could tell Redis of ${quantity} committed erasures. Who
            erased was answered 503; cached copies may be readable until they are delivered
            or their time to live ends.`,
        dashboard: 'cache',
      }),
    ],
  },
};
