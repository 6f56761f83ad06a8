import {
  cacheBusConnected,
  cacheBusGaps,
  cacheErasuresPending,
  cacheInvalidations,
  cacheOperationDuration,
  cacheRequests,
  cacheWritesRejected,
} from '#src/resilience/cache/metrics.ts';
import { states, timeseries } from '../panels.ts';
import { countRate, orZero, rate, ratio, select, sumBy } from '../queries.ts';
import { heardOrNot } from '../states.ts';

const tierErrors = `sum(${rate(cacheRequests, 'result="error",tier="l2"')})`;

/** What the cache shares through Redis, and whether it can. */
export const redisSection = {
  id: 103,
  title: 'Redis and the other processes',
  panels: [
    timeseries({
      id: 12,
      w: 12,
      h: 9,
      title: 'Lookups that Redis failed',
      description: 'Share of lookups for which Redis gave no answer; they were served without it.',
      unit: 'percentunit',
      queries: [
        {
          expr: ratio(
            orZero(tierErrors, `sum(${rate(cacheRequests)})`),
            `sum(${rate(cacheRequests)})`,
          ),
          legend: 'errors',
        },
      ],
      alert: 'CacheErrors',
    }),
    timeseries({
      id: 13,
      w: 12,
      h: 9,
      title: 'Commands to Redis',
      description: 'Commands a second, by what they do and how they ended.',
      unit: 'ops',
      queries: [
        {
          expr: countRate(cacheOperationDuration, 'operation, outcome'),
          legend: '{{operation}} {{outcome}}',
        },
      ],
      links: ['CacheErrors'],
    }),
    states({
      id: 14,
      w: 12,
      h: 6,
      title: 'Bus',
      description: 'Whether each instance hears of invalidations by the others.',
      unit: 'none',
      queries: [{ expr: select(cacheBusConnected), legend: '{{instance}}' }],
      states: heardOrNot,
      alert: 'CacheBusDown',
    }),
    timeseries({
      id: 15,
      w: 12,
      h: 6,
      title: 'Gaps of the bus',
      description:
        'Times a second that invalidations were missed; entries are then compared with Redis.',
      unit: 'cps',
      queries: [{ expr: `sum by (instance) (${rate(cacheBusGaps)})`, legend: '{{instance}}' }],
      links: ['CacheBusDown'],
    }),
    timeseries({
      id: 16,
      w: 12,
      h: 9,
      title: 'Invalidations',
      description: 'Keys and tags declared void a second, here or by another process.',
      unit: 'cps',
      queries: [
        {
          expr: `${sumBy('kind, origin', rate(cacheInvalidations))} > 0`,
          legend: '{{kind}} {{origin}}',
        },
      ],
      noValue: 'none',
      links: ['CacheBusDown'],
    }),
    timeseries({
      id: 17,
      w: 12,
      h: 9,
      title: 'Values that were not kept',
      description:
        'Values a second. By generation, invalidated or lease: declared void while they were loaded, as it should be.',
      unit: 'cps',
      look: 'bars',
      queries: [
        {
          expr: sumBy('reason', rate(cacheWritesRejected)),
          legend: '{{reason}}',
        },
      ],
      noValue: 'none',
      links: ['CacheHitRatioLow'],
    }),
    timeseries({
      id: 40,
      w: 24,
      h: 6,
      title: 'Erasures that Redis was not told of',
      description:
        'Committed erasures whose cached copies may still be readable, as each instance saw it last.',
      unit: 'none',
      queries: [{ expr: select(cacheErasuresPending), legend: '{{instance}}' }],
      alert: 'CacheErasuresPending',
    }),
  ],
};
