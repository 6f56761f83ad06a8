/** What an alert about users' trouble says of its cause, as far as the metrics know it when it fires. */
import { limit, notProbes } from '#grafana/thresholds.ts';
import { httpRequestDuration } from '#src/http/request/metrics.ts';
import { circuitState } from '#src/resilience/circuit-breaker/metrics.ts';
import { componentUp } from '#src/resilience/health/metrics.ts';
import { databaseErrors } from '#src/storage/postgres/metrics.ts';
import { otelFamilies } from '#telemetry/process-families.ts';
import { listed, listedTimes } from './texts.ts';

/**
 * A duplicate that is refused (23...), a value that cannot be stored (22...) and a query that was
 * cancelled with its request (57014) are answers to somebody's request, not failures of the database.
 */
export const failures = `${databaseErrors.name}{error_type!~"2[23]...|57014"}`;

/** Of a kind that is new all are: `rate` knows none until it was scraped twice, and the page may be sent before. */
const recentFailures = `(${failures} unless ${failures} offset 5m) or rate(${failures}[5m])`;

export const databaseSuspects = listed(
  `topk(3, sum by (error_type) (${recentFailures}) > 0)`,
  'Database errors: ',
  'error_type',
);

/** What may have caused it. Begins with a blank, or is empty. */
export const suspects = [
  listed(
    `min by (component) (${componentUp.name}{critical="true"}) ${limit('ComponentDown')}`,
    'Down: ',
    'component',
  ),
  listed(
    `max by (name) (${circuitState.name}) ${limit('CircuitBreakerOpen')}`,
    'Open circuit breakers: ',
    'name',
  ),
  databaseSuspects,
  listedTimes(
    `histogram_quantile(0.95, sum by (db_system_name, le) (rate(${otelFamilies.dbOperation.name}_bucket[5m]))) ${limit('DbLatencyHigh')}`,
    'Slow (p95): ',
    'db_system_name',
  ),
].join('');

/** Where it shows. Begins with a blank, or is empty. */
export const worstRoute = listed(
  `topk(1, sum by (status_code, route) (rate(${httpRequestDuration.name}_count{${notProbes},status_code=~"5.."}[5m])) > 0)`,
  'Most failures: ',
  'status_code',
  'route',
);
