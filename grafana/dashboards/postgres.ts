import { dashboard } from '../dashboard.ts';
import {
  clientBackends,
  fromPostgres as from,
  perSecond,
  postgresExporter as pg,
} from '../exporters.ts';
import { states, timeseries } from '../panels.ts';
import { ratio, sumBy } from '../queries.ts';
import { upOrDown } from '../states.ts';

const hits = `sum(${perSecond(from(pg.blocksHit))})`;
const reads = `sum(${perSecond(from(pg.blocksRead))})`;
const taken = sumBy('instance', from(pg.backends));

/** The server itself, by its exporter; how the service sees it is on the dashboard of dependencies. */
export const postgres = dashboard({
  uid: 'api-postgres',
  title: 'API / PostgreSQL',
  description: 'The database server as it sees itself, whoever uses it.',
  sections: [
    {
      id: 100,
      title: 'Connections and transactions',
      panels: [
        timeseries({
          id: 1,
          w: 12,
          h: 8,
          title: 'Connections',
          description: 'Connections of clients by state, and how many the server allows.',
          unit: 'short',
          decimals: 0,
          queries: [
            { expr: sumBy('state', from(pg.activity, clientBackends)), legend: '{{state}}' },
            { expr: `max(${from(pg.maxConnections)})`, legend: 'limit' },
          ],
          links: ['PostgresConnectionsNearLimit', 'DbPoolSaturated'],
        }),
        timeseries({
          id: 2,
          w: 6,
          h: 8,
          title: 'Connections in use',
          description: 'Share of the connections that the server allows.',
          unit: 'percentunit',
          max: 1,
          queries: [
            {
              expr: `${taken} / on (instance) max by (instance) (${from(pg.maxConnections)})`,
              legend: '{{instance}}',
            },
          ],
          alert: 'PostgresConnectionsNearLimit',
        }),
        states({
          id: 3,
          w: 6,
          h: 8,
          title: 'Asked by the exporter',
          description:
            'Whether the exporter, which all of this page comes from, reaches the server.',
          unit: 'none',
          queries: [{ expr: from(pg.up), legend: '{{instance}}' }],
          states: upOrDown,
          noValue: 'no exporter',
          alert: 'PostgresMetricsMissing',
          links: ['MonitoringTargetDown'],
        }),
        timeseries({
          id: 4,
          w: 12,
          h: 8,
          title: 'Longest transaction',
          description:
            'Age of the oldest open transaction by user and state. It keeps its locks, and dead rows for all.',
          unit: 's',
          queries: [
            {
              expr: `max by (usename, state) (${from(pg.longestTransaction, clientBackends)})`,
              legend: '{{usename}} {{state}}',
            },
          ],
          alert: 'PostgresLongTransaction',
        }),
        timeseries({
          id: 5,
          w: 12,
          h: 8,
          title: 'Locks',
          description: 'Locks that are held or waited for, by mode.',
          unit: 'short',
          decimals: 0,
          queries: [{ expr: `${sumBy('mode', from(pg.locks))} > 0`, legend: '{{mode}}' }],
          noValue: 'none',
          links: ['PostgresLongTransaction', 'PostgresDeadlocks'],
        }),
        timeseries({
          id: 6,
          w: 8,
          h: 8,
          title: 'Transactions',
          description: 'Transactions a second, by how they ended.',
          unit: 'ops',
          queries: [
            { expr: `sum(${perSecond(from(pg.commits))})`, legend: 'committed' },
            { expr: `sum(${perSecond(from(pg.rollbacks))})`, legend: 'rolled back' },
          ],
          links: ['DbErrorsHigh'],
        }),
        timeseries({
          id: 7,
          w: 8,
          h: 8,
          title: 'Deadlocks',
          description:
            'Transactions a second that the server ended because they waited in a circle.',
          unit: 'cps',
          look: 'bars',
          queries: [
            { expr: sumBy('datname', perSecond(from(pg.deadlocks))), legend: '{{datname}}' },
          ],
          links: ['PostgresDeadlocks'],
        }),
        timeseries({
          id: 8,
          w: 8,
          h: 8,
          title: 'Read from memory',
          description: "Share of the blocks that were found in the server's own cache.",
          unit: 'percentunit',
          max: 1,
          queries: [{ expr: ratio(hits, `(${hits} + ${reads})`), legend: 'from memory' }],
          noValue: 'no reads',
          links: ['DbLatencyHigh', 'DbSlowerThanLastWeek'],
        }),
      ],
    },
    {
      id: 101,
      title: 'Disk',
      panels: [
        timeseries({
          id: 9,
          w: 8,
          h: 8,
          title: 'Size of the databases',
          description: 'Tables and indexes, by database.',
          unit: 'bytes',
          queries: [{ expr: from(pg.size, 'datname!~"template.*"'), legend: '{{datname}}' }],
          links: ['DbSlowerThanLastWeek'],
        }),
        timeseries({
          id: 10,
          w: 8,
          h: 8,
          title: 'Checkpoints',
          description:
            'Checkpoints a second: by time, as it should be, or forced because more is written than max_wal_size takes.',
          unit: 'cps',
          look: 'bars',
          queries: [
            { expr: `sum(${perSecond(from(pg.checkpointsTimed))})`, legend: 'by time' },
            { expr: `sum(${perSecond(from(pg.checkpointsRequested))})`, legend: 'forced' },
          ],
          links: ['DbLatencyHigh'],
        }),
        timeseries({
          id: 11,
          w: 8,
          h: 8,
          title: 'Write-ahead log',
          description: 'On disk. It grows while a replication slot or a long transaction holds it.',
          unit: 'bytes',
          queries: [{ expr: from(pg.walSize), legend: '{{instance}}' }],
          links: ['PostgresLongTransaction'],
        }),
      ],
    },
  ],
});
