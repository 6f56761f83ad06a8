import { clientBackends, postgresExporter as pg } from '#grafana/exporters.ts';
import { limit } from '#grafana/thresholds.ts';
import { alert, type RuleFile } from '../rule.ts';
import { asked, duration, percent, quantity } from '../texts.ts';

const taken = asked(`sum(${pg.backends.name}{instance="%s"})`);
const allowed = asked(`max(${pg.maxConnections.name}{instance="%s"})`);
const dashboard = 'postgres';

export const postgres: RuleFile = {
  name: 'postgres',
  about: 'PostgreSQL as it sees itself, by its exporter.',
  groups: {
    alerts: [
      alert('PostgresConnectionsNearLimit', {
        expr: `
            sum by (job, instance) (${pg.backends.name})
            / on (job, instance)
            max by (job, instance) (${pg.maxConnections.name})
            ${limit('PostgresConnectionsNearLimit')}
          `,
        for: '5m',
        cause: 'postgres',
        summary: 'PostgreSQL runs out of connections',
        description: `
            ${taken} of the ${allowed} connections that the server behind {{ $labels.instance }} allows
            are taken (${percent}).`,
        dashboard,
      }),
      // One is ended by the server, and its request asked again; many are a fault of the code.
      alert('PostgresDeadlocks', {
        expr: `sum by (job, datname) (increase(${pg.deadlocks.name}[10m])) ${limit('PostgresDeadlocks')}`,
        cause: 'postgres',
        summary: 'Transactions in {{ $labels.datname }} wait for each other',
        description: `
            PostgreSQL ended ${quantity} transactions in {{ $labels.datname }} in the last 10 minutes
            because they waited for each other in a circle.`,
        dashboard,
      }),
      alert('PostgresLongTransaction', {
        expr: `max by (job, datname, usename, state) (${pg.longestTransaction.name}{${clientBackends}}) ${limit('PostgresLongTransaction')}`,
        for: '1m',
        cause: 'postgres',
        summary: 'A transaction in {{ $labels.datname }} does not end',
        description: `
            A transaction of {{ $labels.usename }} in {{ $labels.datname }} has been open for ${duration}
            ({{ $labels.state }}). It keeps its locks, and dead rows of every table.`,
        dashboard,
      }),
      alert('PostgresMetricsMissing', {
        expr: `min by (job, instance) (${pg.up.name}) ${limit('PostgresMetricsMissing')}`,
        for: '5m',
        cause: 'postgres',
        summary: 'PostgreSQL cannot be watched',
        description: `
            For 5 minutes {{ $labels.instance }} has not been able to ask PostgreSQL (pg_up is {{ $value }}),
            though the service may.`,
        dashboard,
      }),
    ],
  },
};
