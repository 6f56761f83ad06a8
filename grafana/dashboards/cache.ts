import {
  cacheBytes,
  cacheCoalesced,
  cacheEntries,
  cacheEvictions,
  cacheLoadDuration,
  cacheLoads,
  cacheRequests,
} from '#src/resilience/cache/metrics.ts';
import { dashboard } from '../dashboard.ts';
import { redisSection } from './cache-redis.ts';
import { stat, timeseries } from '../panels.ts';
import { countOf, quantile, rate, ratio, select, sumBy, sumOf } from '../queries.ts';
import { recorded } from '../recorded.ts';

const kept = 'result=~"hit|stale|negative"';
const asked = 'result!~"error|bypass"';

/** What is answered from the cache, and what that saves. */
export const cache = dashboard({
  uid: 'api-cache',
  title: 'API / Cache',
  description:
    'What is answered from the cache, what it costs to fill, and whether it can be trusted.',
  sections: [
    {
      id: 100,
      title: 'Answers',
      panels: [
        timeseries({
          id: 1,
          w: 12,
          h: 9,
          title: 'Hit ratio',
          description: 'Share of lookups answered from either tier, by cache.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          queries: [
            {
              expr: ratio(
                sumBy('cache', rate(cacheRequests, kept)),
                sumBy('cache', rate(cacheRequests, asked)),
              ),
              legend: '{{cache}}',
            },
          ],
          alert: 'CacheHitRatioLow',
        }),
        timeseries({
          id: 2,
          w: 12,
          h: 9,
          title: 'Hit ratio by tier',
          description: 'Share of lookups that each tier answers; the origin answers the rest.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          look: 'stack',
          queries: [
            {
              expr: `${sumBy('tier', rate(cacheRequests, kept))} / scalar(sum(${rate(cacheRequests, asked)}) > 0)`,
              legend: '{{tier}}',
            },
          ],
          links: ['CacheHitRatioLow'],
        }),
        timeseries({
          id: 3,
          w: 12,
          h: 9,
          title: 'Lookups by result',
          description: 'Lookups a second. stale: an old answer in place of a failed load.',
          unit: 'ops',
          look: 'stack',
          queries: [
            {
              expr: `${sumBy('tier, result', rate(cacheRequests))} > 0`,
              legend: '{{result}} {{tier}}',
            },
          ],
          links: ['CacheHitRatioLow'],
        }),
        timeseries({
          id: 4,
          w: 12,
          h: 9,
          title: 'Time saved',
          description:
            'Seconds of loading a second that hits made unnecessary: hits times the average load. An estimate.',
          unit: 's',
          queries: [
            {
              expr: `${sumBy('cache', rate(cacheRequests, kept))} * on (cache) ${ratio(
                sumBy('cache', rate(sumOf(cacheLoadDuration))),
                sumBy('cache', rate(countOf(cacheLoadDuration))),
              )}`,
              legend: '{{cache}}',
            },
          ],
          links: ['CacheHitRatioLow'],
        }),
        stat({
          id: 5,
          w: 24,
          h: 5,
          title: 'Hit ratio now',
          description: 'Of all caches, over five minutes, as the alert sees it.',
          unit: 'percentunit',
          queries: [{ expr: `${recorded.cacheHits.name}{job=~"$job"}`, legend: '{{cache}}' }],
          alert: 'CacheHitRatioLow',
        }),
      ],
    },
    {
      id: 101,
      title: 'Loads',
      panels: [
        timeseries({
          id: 6,
          w: 8,
          h: 9,
          title: 'Time of loads (p95)',
          description: '95 % of the loads after a miss take less than this.',
          unit: 's',
          noValue: 'no loads',
          queries: [
            {
              expr: quantile(0.95, cacheLoadDuration, 'cache'),
              legend: '{{cache}}',
              exemplars: true,
            },
          ],
          links: ['traces'],
        }),
        timeseries({
          id: 7,
          w: 8,
          h: 9,
          title: 'Loads',
          description: 'Loads a second, by how they ended; refresh: in the background.',
          unit: 'ops',
          look: 'bars',
          queries: [
            {
              expr: `${sumBy('cache, mode, outcome', rate(cacheLoads))} > 0`,
              legend: '{{cache}} {{mode}} {{outcome}}',
            },
          ],
          links: ['CacheHitRatioLow'],
        }),
        timeseries({
          id: 8,
          w: 8,
          h: 9,
          title: 'Joined loads',
          description:
            'Callers a second who waited for a load that ran already, here or in another process.',
          unit: 'ops',
          queries: [
            {
              expr: sumBy('cache, scope', rate(cacheCoalesced)),
              legend: '{{cache}} {{scope}}',
            },
          ],
          links: ['CacheHitRatioLow'],
        }),
      ],
    },
    {
      id: 102,
      title: 'The process',
      panels: [
        timeseries({
          id: 9,
          w: 8,
          h: 9,
          title: 'Entries',
          description: 'Entries held by the processes, by cache.',
          unit: 'short',
          queries: [{ expr: sumBy('cache', select(cacheEntries)), legend: '{{cache}}' }],
          links: ['CacheHitRatioLow'],
        }),
        timeseries({
          id: 10,
          w: 8,
          h: 9,
          title: 'Memory',
          description:
            'What the entries take, estimated; the bound (CACHE_MAX_BYTES) is per process.',
          unit: 'bytes',
          queries: [
            {
              expr: sumBy('cache, instance', select(cacheBytes)),
              legend: '{{cache}} {{instance}}',
            },
          ],
          links: ['HeapNearLimit'],
        }),
        timeseries({
          id: 11,
          w: 8,
          h: 9,
          title: 'Evictions by reason',
          description:
            'Entries a second that went. By size: the memory is used up. Corrupt: Redis held what is no entry.',
          unit: 'cps',
          look: 'bars',
          queries: [
            {
              expr: sumBy('reason', rate(cacheEvictions)),
              legend: '{{reason}}',
            },
          ],
          links: ['CacheHitRatioLow'],
        }),
      ],
    },
    redisSection,
  ],
});
