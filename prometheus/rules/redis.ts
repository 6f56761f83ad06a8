import { redisExporter } from '#grafana/exporters.ts';
import { limit } from '#grafana/thresholds.ts';
import { alert, type RuleFile } from '../rule.ts';
import { asked, percent, quantity } from '../texts.ts';

const { memoryUsed, memoryMax, evicted, rejectedConnections } = redisExporter;
const clients = asked(`max(${redisExporter.clients.name}{instance="%s"})`);
const dashboard = 'redis';

/** Says which of the writes to disk failed. */
const failed = ({ name }: { name: string }, write: string) =>
  `label_replace(${name}, "write", "${write}", "", "") ${limit('RedisPersistenceFailing')}`;

export const redis: RuleFile = {
  name: 'redis',
  about: 'Redis as it sees itself, by its exporter.',
  groups: {
    alerts: [
      alert('RedisMemoryNearLimit', {
        expr: `
            max by (job, instance) (${memoryUsed.name})
            / on (job, instance)
            (max by (job, instance) (${memoryMax.name}) > 0)
            ${limit('RedisMemoryNearLimit')}
          `,
        for: '5m',
        cause: 'redis',
        summary: 'Redis runs out of memory',
        description: `
            The Redis behind {{ $labels.instance }} uses ${percent} of its maxmemory; at it, it refuses
            writes.`,
        dashboard,
      }),
      alert('RedisEvicting', {
        expr: `sum by (job, instance) (increase(${evicted.name}[5m])) ${limit('RedisEvicting')}`,
        for: '1m',
        cause: 'redis',
        summary: 'Redis throws keys away before their time',
        description: `
            The Redis behind {{ $labels.instance }} evicted ${quantity} keys in the last 5 minutes: counts
            of the rate limits and invalidations may be among them.`,
        dashboard,
      }),
      alert('RedisRejectedConnections', {
        expr: `sum by (job, instance) (increase(${rejectedConnections.name}[5m])) ${limit('RedisRejectedConnections')}`,
        for: '1m',
        cause: 'redis',
        summary: 'Redis refuses connections',
        description: `
            The Redis behind {{ $labels.instance }} refused ${quantity} connections in the last 5 minutes;
            ${clients} are open.`,
        dashboard,
      }),
      alert('RedisPersistenceFailing', {
        expr: `
            ${failed(redisExporter.snapshotOk, 'snapshot')}
            or
            ${failed(redisExporter.appendOk, 'append')}
            or
            ${failed(redisExporter.rewriteOk, 'rewrite')}
          `,
        for: '1m',
        cause: 'redis',
        summary: 'Redis cannot write to its disk',
        description: `
            The last {{ $labels.write }} of the Redis behind {{ $labels.instance }} failed (its status is
            {{ $value }}): what it holds is lost when it ends.`,
        dashboard,
      }),
      alert('RedisMetricsMissing', {
        expr: `min by (job, instance) (${redisExporter.up.name}) ${limit('RedisMetricsMissing')}`,
        for: '5m',
        cause: 'redis',
        summary: 'Redis cannot be watched',
        description: `
            For 5 minutes {{ $labels.instance }} has not been able to ask Redis (redis_up is {{ $value }}),
            though the service may.`,
        dashboard,
      }),
    ],
  },
};
