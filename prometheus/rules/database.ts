import { limit } from '#grafana/thresholds.ts';
import { alert, record, type RuleFile } from '../rule.ts';

export const database: RuleFile = {
  name: 'database',
  about: 'PostgreSQL as the service sees it.',
  groups: {
    records: [
      record(
        'job_instance:db_pool_used:ratio',
        `
            sum by (job, instance) (db_client_connections{db_client_connection_state="used"})
            /
            sum by (job, instance) (db_client_connection_max)
          `,
      ),
    ],
    alerts: [
      alert('DbPoolSaturated', {
        expr: `
            job_instance:db_pool_used:ratio ${limit('DbPoolSaturated')}
            or
            sum by (job, instance) (db_client_connection_pending_requests) > 0
          `,
        for: '5m',
        summary: 'The database pool of {{ $labels.instance }} is used up',
        description: `
            {{ if gt $value 1.0 }}{{ $value }} queries wait for a connection of {{
            $labels.instance }}{{ else }}{{ $value | humanizePercentage }} of the
            connections of {{ $labels.instance }} are in use{{ end }}.`,
        dashboard: 'dependencies',
      }),
      alert('DbLatencyHigh', {
        expr: `histogram_quantile(0.95, sum by (job, db_system_name, le) (rate(db_client_operation_duration_seconds_bucket[5m]))) ${limit('DbLatencyHigh')}`,
        for: '10m',
        summary: '{{ $labels.db_system_name }} is slow',
        description: `
            95 % of the operations on {{ $labels.db_system_name }} take up to {{ $value |
            humanizeDuration }}.`,
        dashboard: 'dependencies',
      }),
      // A duplicate that is refused (23...), a value that cannot be stored (22...) and a query that was
      // cancelled with its request (57014) are answers to somebody's request, not failures of the database. Without a connection
      // there is an error and no operation, hence the limit of 1.
      alert('DbErrorsHigh', {
        expr: `
            clamp_max(
              sum by (job) (rate(db_client_operation_errors_total{error_type!~"2[23]...|57014"}[5m]))
              /
              sum by (job) (rate(db_client_operation_duration_seconds_count{db_system_name="postgresql"}[5m])),
              1
            ) ${limit('DbErrorsHigh')}
            and
            sum by (job) (rate(db_client_operation_errors_total{error_type!~"2[23]...|57014"}[5m])) > 0.02
          `,
        for: '10m',
        summary: 'Database operations fail',
        description: '{{ $value | humanizePercentage }} of the database operations have failed.',
        dashboard: 'dependencies',
      }),
    ],
  },
};
