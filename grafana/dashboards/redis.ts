import { dashboard } from '../dashboard.ts';
import { fromRedis as from, perSecond, redisExporter as redisFamilies } from '../exporters.ts';
import { colours } from '../panel.ts';
import { states, timeseries } from '../panels.ts';
import { ratio, sumBy } from '../queries.ts';
import { upOrDown } from '../states.ts';

const r = redisFamilies;
const hits = `sum(${perSecond(from(r.hits))})`;
const misses = `sum(${perSecond(from(r.misses))})`;
const commands = sumBy('cmd', perSecond(from(r.commands)));

const wellOrNot = {
  '0': { text: 'Failed', colour: colours.warning },
  '1': { text: 'Well', colour: colours.ok },
};

/** The server itself, by its exporter; how the service sees it is on the dashboards of its users. */
export const redis = dashboard({
  uid: 'api-redis',
  title: 'API / Redis',
  description: 'The Redis server as it sees itself, whoever uses it.',
  sections: [
    {
      id: 100,
      title: 'Memory and clients',
      panels: [
        timeseries({
          id: 1,
          w: 12,
          h: 8,
          title: 'Memory',
          description: 'What Redis uses, and its limit (maxmemory): at it, writes are refused.',
          unit: 'bytes',
          queries: [
            { expr: from(r.memoryUsed), legend: 'used {{instance}}' },
            { expr: from(r.memoryMax), legend: 'limit {{instance}}' },
          ],
          links: ['RedisMemoryNearLimit'],
        }),
        timeseries({
          id: 2,
          w: 6,
          h: 8,
          title: 'Memory in use',
          description: 'Share of maxmemory.',
          unit: 'percentunit',
          max: 1,
          queries: [{ expr: ratio(from(r.memoryUsed), from(r.memoryMax)), legend: '{{instance}}' }],
          noValue: 'no limit',
          alert: 'RedisMemoryNearLimit',
        }),
        states({
          id: 3,
          w: 6,
          h: 8,
          title: 'Asked by the exporter',
          description: 'Whether the exporter, which all of this page comes from, reaches Redis.',
          unit: 'none',
          queries: [{ expr: from(r.up), legend: '{{instance}}' }],
          states: upOrDown,
          noValue: 'no exporter',
          alert: 'RedisMetricsMissing',
          links: ['MonitoringTargetDown'],
        }),
        timeseries({
          id: 4,
          w: 8,
          h: 8,
          title: 'Evicted and expired keys',
          description:
            'Keys a second that went. Evicted ones had time left: limits and invalidations are lost with them.',
          unit: 'cps',
          queries: [
            { expr: `sum(${perSecond(from(r.evicted))})`, legend: 'evicted' },
            { expr: `sum(${perSecond(from(r.expired))})`, legend: 'expired' },
          ],
          links: ['RedisEvicting'],
        }),
        timeseries({
          id: 5,
          w: 8,
          h: 8,
          title: 'Clients',
          description: 'Connections, and those that wait in a blocking command.',
          unit: 'short',
          decimals: 0,
          queries: [
            { expr: from(r.clients), legend: 'connected {{instance}}' },
            { expr: from(r.blockedClients), legend: 'blocked {{instance}}' },
          ],
          links: ['RedisRejectedConnections'],
        }),
        timeseries({
          id: 6,
          w: 8,
          h: 8,
          title: 'Rejected connections',
          description: 'Connections a second beyond the number that Redis allows (maxclients).',
          unit: 'cps',
          look: 'bars',
          queries: [{ expr: perSecond(from(r.rejectedConnections)), legend: '{{instance}}' }],
          links: ['RedisRejectedConnections'],
        }),
      ],
    },
    {
      id: 101,
      title: 'Commands',
      panels: [
        timeseries({
          id: 7,
          w: 8,
          h: 8,
          title: 'Commands',
          description: 'Commands a second: the five most frequent.',
          unit: 'ops',
          queries: [{ expr: `topk(5, ${commands})`, legend: '{{cmd}}' }],
          links: ['DbLatencyHigh'],
        }),
        timeseries({
          id: 8,
          w: 8,
          h: 8,
          title: 'Time of a command (mean)',
          description: 'Within Redis, without the network: the five slowest.',
          unit: 's',
          queries: [
            {
              expr: `topk(5, ${ratio(sumBy('cmd', perSecond(from(r.commandSeconds))), commands)})`,
              legend: '{{cmd}}',
            },
          ],
          noValue: 'no commands',
          links: ['DbLatencyHigh'],
        }),
        timeseries({
          id: 9,
          w: 8,
          h: 8,
          title: 'Refused commands',
          description: 'Commands a second that were not run: no memory left, or not allowed.',
          unit: 'ops',
          look: 'bars',
          queries: [
            {
              expr: `${sumBy('cmd', perSecond(from(r.commandsRejected)))} > 0`,
              legend: '{{cmd}}',
            },
          ],
          noValue: 'none',
          links: ['RedisMemoryNearLimit', 'CacheErrors'],
        }),
        timeseries({
          id: 10,
          w: 8,
          h: 8,
          title: 'Keys that were there',
          description: 'Share of the look-ups of keys that found one.',
          unit: 'percentunit',
          max: 1,
          queries: [{ expr: ratio(hits, `(${hits} + ${misses})`), legend: 'found' }],
          noValue: 'no look-ups',
          links: ['CacheHitRatioLow'],
        }),
        timeseries({
          id: 11,
          w: 8,
          h: 8,
          title: 'Keys',
          description: 'Keys by database.',
          unit: 'short',
          decimals: 0,
          queries: [{ expr: sumBy('db', from(r.keys)), legend: '{{db}}' }],
          noValue: 'none',
          links: ['RedisMemoryNearLimit'],
        }),
        timeseries({
          id: 12,
          w: 8,
          h: 8,
          title: 'Slow log',
          description: 'Entries in the log of slow commands; Redis keeps the last 128.',
          unit: 'short',
          decimals: 0,
          queries: [{ expr: from(r.slowlogLength), legend: '{{instance}}' }],
          links: ['DbLatencyHigh'],
        }),
      ],
    },
    {
      id: 102,
      title: 'Persistence',
      panels: [
        states({
          id: 13,
          w: 12,
          h: 6,
          title: 'Last writes to disk',
          description:
            'Whether the last snapshot, append and rewrite of the append-only file worked.',
          unit: 'none',
          queries: [
            { expr: from(r.snapshotOk), legend: 'snapshot {{instance}}' },
            { expr: from(r.appendOk), legend: 'append {{instance}}' },
            { expr: from(r.rewriteOk), legend: 'rewrite {{instance}}' },
          ],
          states: wellOrNot,
          alert: 'RedisPersistenceFailing',
        }),
        timeseries({
          id: 14,
          w: 12,
          h: 6,
          title: 'Append-only file',
          description: 'Its size on disk; a rewrite makes it small again.',
          unit: 'bytes',
          queries: [{ expr: from(r.appendOnlyFile), legend: '{{instance}}' }],
          noValue: 'switched off',
          links: ['RedisPersistenceFailing'],
        }),
      ],
    },
  ],
});
