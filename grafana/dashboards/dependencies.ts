import { databaseErrors } from '#src/storage/postgres/metrics.ts';
import { otelFamilies } from '#telemetry/process-families.ts';
import { backupLastSuccess, verifiedRestoreLastSuccess } from '#src/storage/backups/metrics.ts';
import { dashboard } from '../dashboard.ts';
import { stat, timeseries } from '../panels.ts';
import { countOf, countRate, quantile, rate, ratio, select, sumBy } from '../queries.ts';
import { recorded } from '../recorded.ts';

const { dbOperation, dbConnections, dbConnectionMax, dbPendingRequests, httpClient } = otelFamilies;
const postgres = 'db_system_name="postgresql"';
const redis = 'db_system_name="redis"';

/** What the service waits for. */
export const dependencies = dashboard({
  uid: 'api-dependencies',
  title: 'API / Dependencies',
  description: 'PostgreSQL, Redis and other services, as this service sees them.',
  sections: [
    {
      id: 100,
      title: 'PostgreSQL',
      panels: [
        timeseries({
          id: 1,
          w: 12,
          h: 8,
          title: 'Pool connections',
          description: 'Connections by state, and how many the pool may open.',
          unit: 'short',
          decimals: 0,
          queries: [
            {
              expr: sumBy('db_client_connection_state', select(dbConnections)),
              legend: '{{db_client_connection_state}}',
            },
            { expr: `sum(${select(dbConnectionMax)})`, legend: 'limit' },
          ],
          links: ['DbPoolSaturated'],
        }),
        timeseries({
          id: 2,
          w: 6,
          h: 8,
          title: 'Pool in use',
          description: 'Share of the connections that work.',
          unit: 'percentunit',
          max: 1,
          queries: [
            {
              expr: `${recorded.dbPoolUsed.name}{job=~"$job",instance=~"$instance"}`,
              legend: '{{instance}}',
            },
          ],
          alert: 'DbPoolSaturated',
        }),
        timeseries({
          id: 3,
          w: 6,
          h: 8,
          title: 'Waiting for a connection',
          description: 'Queries that wait because every connection is in use.',
          unit: 'short',
          decimals: 0,
          queries: [{ expr: sumBy('instance', select(dbPendingRequests)), legend: '{{instance}}' }],
          links: ['DbPoolSaturated'],
        }),
        timeseries({
          id: 4,
          w: 12,
          h: 9,
          title: 'Time of operations (p95)',
          description:
            '95 % of the operations take less than this, seen from the service. Traces hold the statements.',
          unit: 's',
          queries: [
            {
              expr: quantile(0.95, dbOperation, 'db_operation_name', postgres),
              legend: '{{db_operation_name}}',
            },
          ],
          noValue: 'no operations',
          alert: 'DbLatencyHigh',
          links: ['traces'],
        }),
        timeseries({
          id: 5,
          w: 6,
          h: 9,
          title: 'Operations',
          description: 'Operations a second.',
          unit: 'ops',
          queries: [
            {
              expr: countRate(dbOperation, 'db_operation_name', postgres),
              legend: '{{db_operation_name}}',
            },
          ],
          links: ['DbLatencyHigh'],
        }),
        timeseries({
          id: 6,
          w: 6,
          h: 9,
          title: 'Failed operations',
          description:
            'Operations a second that failed, by SQLSTATE or error. 23505: a duplicate, refused as it should be. 57014: cancelled because the client left or the time was over.',
          unit: 'ops',
          look: 'bars',
          queries: [
            {
              expr: sumBy('error_type', rate(databaseErrors)),
              legend: '{{error_type}}',
            },
          ],
          noValue: 'none',
          links: ['DbErrorsHigh', 'ComponentDown', 'traces'],
        }),
        timeseries({
          id: 14,
          w: 24,
          h: 7,
          title: 'Against last week',
          description:
            'Mean time of an operation, as a multiple of the median of the same day a week ago. Empty in the first week.',
          unit: 'none',
          decimals: 1,
          queries: [
            {
              expr: `${recorded.dbMeanTime.name}{job=~"$job"} / on (job, db_system_name) ${recorded.dbUsualTime.name}{job=~"$job"}`,
              legend: '{{db_system_name}}',
            },
          ],
          noValue: 'no week to compare with',
          alert: 'DbSlowerThanLastWeek',
          links: ['traces'],
        }),
      ],
    },
    {
      id: 101,
      title: 'Redis',
      panels: [
        timeseries({
          id: 7,
          w: 12,
          h: 8,
          title: 'Time of Redis commands (p95)',
          description:
            '95 % of the commands take less than this. Empty while no Redis is configured.',
          unit: 's',
          queries: [
            {
              expr: quantile(0.95, dbOperation, 'db_operation_name', redis),
              legend: '{{db_operation_name}}',
            },
          ],
          noValue: 'no Redis',
          alert: 'DbLatencyHigh',
          links: ['traces'],
        }),
        timeseries({
          id: 8,
          w: 12,
          h: 8,
          title: 'Redis commands',
          description: 'Commands a second, by name and error.',
          unit: 'ops',
          queries: [
            {
              expr: countRate(dbOperation, 'db_operation_name, error_type', redis),
              legend: '{{db_operation_name}} {{error_type}}',
            },
          ],
          noValue: 'no Redis',
          links: ['ComponentDegraded'],
        }),
      ],
    },
    {
      id: 102,
      title: 'Outbound HTTP',
      panels: [
        timeseries({
          id: 9,
          w: 8,
          h: 8,
          title: 'Outbound calls',
          description: 'Calls a second to other services, by host and status.',
          unit: 'reqps',
          queries: [
            {
              expr: countRate(
                httpClient,
                'http_request_method, server_address, http_response_status_code',
              ),
              legend: '{{http_request_method}} {{server_address}} {{http_response_status_code}}',
            },
          ],
          noValue: 'no calls',
          links: ['OutboundErrorRatioHigh'],
        }),
        timeseries({
          id: 10,
          w: 8,
          h: 8,
          title: 'Failed outbound calls',
          description: 'Share of calls without an answer, or answered with 4xx or 5xx.',
          unit: 'percentunit',
          queries: [
            {
              expr: ratio(
                `(${sumBy('server_address', rate(countOf(httpClient), 'error_type!=""'))} or 0 * ${countRate(httpClient, 'server_address')})`,
                countRate(httpClient, 'server_address'),
              ),
              legend: '{{server_address}}',
            },
          ],
          noValue: 'no calls',
          alert: 'OutboundErrorRatioHigh',
        }),
        timeseries({
          id: 11,
          w: 8,
          h: 8,
          title: 'Time of outbound calls (p95)',
          description: '95 % of the calls take less than this.',
          unit: 's',
          queries: [
            { expr: quantile(0.95, httpClient, 'server_address'), legend: '{{server_address}}' },
          ],
          noValue: 'no calls',
          links: ['OutboundErrorRatioHigh', 'traces'],
        }),
      ],
    },
    {
      id: 103,
      title: 'Backups',
      panels: [
        stat({
          id: 15,
          w: 12,
          h: 6,
          title: 'Age of the newest backup',
          description:
            'Since npm run backup last made one whole, as the table backup_runs knows it. Decades: never.',
          unit: 's',
          queries: [{ expr: ageOf(backupLastSuccess), legend: 'backup' }],
          alert: 'BackupTooOld',
        }),
        stat({
          id: 16,
          w: 12,
          h: 6,
          title: 'Since a restore was verified',
          description:
            'Since npm run restore:verify last restored a backup and found every table equal. Decades: never.',
          unit: 's',
          queries: [{ expr: ageOf(verifiedRestoreLastSuccess), legend: 'verified restore' }],
          alert: 'RestoreNotVerified',
        }),
      ],
    },
  ],
});

/** Every process asks the same table. */
function ageOf(metric: Parameters<typeof select>[0]): string {
  return `time() - max(${select(metric)})`;
}
