import { recorded } from '#grafana/recorded.ts';
import { limit } from '#grafana/thresholds.ts';
import { causeOfSystem } from '../causes.ts';
import { alert, record, type RuleFile } from '../rule.ts';
import { databaseSuspects, failures } from '../suspects.ts';
import { asked, duration, percent, quantity } from '../texts.ts';

const { dbMeanTime, dbUsualTime } = recorded;
const used = asked('sum(db_client_connections{db_client_connection_state="used",instance="%s"})');
const allowed = asked('sum(db_client_connection_max{instance="%s"})');
const waiting = asked('sum(db_client_connection_pending_requests{instance="%s"})');

/** Longer ago than any backup: the time is 0, which stands for never. */
const NEVER_SECONDS = '1000000000.0';

export const database: RuleFile = {
  name: 'database',
  about: 'PostgreSQL as the service sees it.',
  groups: {
    records: [
      record(
        recorded.dbPoolUsed.name,
        `
            sum by (job, instance) (db_client_connections{db_client_connection_state="used"})
            /
            sum by (job, instance) (db_client_connection_max)
          `,
      ),
      record(
        dbMeanTime.name,
        `
            sum by (job, db_system_name) (rate(db_client_operation_duration_seconds_sum[5m]))
            /
            (sum by (job, db_system_name) (rate(db_client_operation_duration_seconds_count[5m])) > 0)
          `,
      ),
      // The median of the same day of the week: an outage of then is no measure. Absent in the first week.
      record(dbUsualTime.name, `quantile_over_time(0.5, ${dbMeanTime.name}[1d] offset 1w)`),
    ],
    alerts: [
      alert('DbPoolSaturated', {
        expr: `
            ${recorded.dbPoolUsed.name} ${limit('DbPoolSaturated')}
            or
            ${recorded.dbPoolUsed.name}
            and on (job, instance)
            sum by (job, instance) (db_client_connection_pending_requests) > 0
          `,
        for: '5m',
        cause: 'postgres',
        summary: 'The database pool of {{ $labels.instance }} is used up',
        description: `
            ${used} of ${allowed} connections of {{ $labels.instance }} are in use (${percent});
            queries that wait for one: ${waiting}.`,
        dashboard: 'dependencies',
      }),
      alert('DbLatencyHigh', {
        expr: `histogram_quantile(0.95, sum by (job, db_system_name, le) (rate(db_client_operation_duration_seconds_bucket[5m]))) ${limit('DbLatencyHigh')}`,
        for: '5m',
        cause: causeOfSystem,
        summary: '{{ $labels.db_system_name }} is slow',
        description: `
            5 % of the operations on {{ $labels.db_system_name }} of the last 5 minutes took longer than
            ${duration}.`,
        dashboard: 'dependencies',
      }),
      // Twenty times its usual time may still be short: below 20 ms nobody waits.
      alert('DbSlowerThanLastWeek', {
        expr: `
            ${dbMeanTime.name} / on (job, db_system_name) ${dbUsualTime.name} ${limit('DbSlowerThanLastWeek')}
            and on (job, db_system_name)
            ${dbMeanTime.name} > 0.02
          `,
        for: '10m',
        cause: causeOfSystem,
        summary: '{{ $labels.db_system_name }} is slower than a week ago',
        description: `
            An operation on {{ $labels.db_system_name }} takes ${quantity} times as long as a week ago:
            the mean of the last 5 minutes against the median of that day.`,
        dashboard: 'dependencies',
      }),
      // Without a connection there is an error and no operation, hence the limit of 1.
      alert('DbErrorsHigh', {
        expr: `
            clamp_max(
              sum by (job) (rate(${failures}[5m]))
              /
              sum by (job) (rate(db_client_operation_duration_seconds_count{db_system_name="postgresql"}[5m])),
              1
            ) ${limit('DbErrorsHigh')}
            and
            sum by (job) (rate(${failures}[5m])) > 0.02
          `,
        for: '5m',
        cause: 'postgres',
        summary: 'Database operations fail',
        description: `
            ${percent} of the database operations of the last 5 minutes failed.${databaseSuspects}`,
        dashboard: 'dependencies',
      }),
      alert('BackupTooOld', {
        expr: `time() - max by (job) (backup_last_success_timestamp_seconds) ${limit('BackupTooOld')}`,
        for: '1h',
        cause: 'postgres',
        summary: 'The newest backup is too old',
        description: `${sinceOrNever('The newest backup was made', 'No backup was ever made')}: a day and more would be lost with the database.`,
        dashboard: 'dependencies',
      }),
      alert('RestoreNotVerified', {
        expr: `time() - max by (job) (backup_verified_restore_last_success_timestamp_seconds) ${limit('RestoreNotVerified')}`,
        for: '1h',
        cause: 'postgres',
        summary: 'No restore was verified for more than a week',
        description: `${sinceOrNever('A restore was last verified', 'No restore was ever verified')}: nobody knows whether the backups are any good.`,
        dashboard: 'dependencies',
      }),
    ],
  },
};

function sinceOrNever(since: string, never: string): string {
  return `{{ if gt $value ${NEVER_SECONDS} }}${never}{{ else }}${since} ${duration} ago{{ end }}`;
}
