/**
 * The numbers that a panel draws and an alert fires on, once: dashboards and rules are both generated
 * from here.
 */
import { OLDEST_BACKUP_SECONDS, OLDEST_VERIFIED_SECONDS } from '#src/storage/backups/oldest.ts';
import { healthPaths } from '#src/resilience/health/health-paths.ts';

type Severity = 'critical' | 'warning' | 'info';

/** What the first comparison of an alert's expression compares with; one of these at most. */
export interface Threshold {
  /** Fires on `> above`. */
  above?: number;
  /** Fires on `< below`. */
  below?: number;
  /** Fires on `== equals`, of a gauge whose values are states. */
  equals?: number;
}

/** Without a number when there is none that a panel could draw. */
export type AlertThreshold = Threshold & { severity: Severity };

const warning = { severity: 'warning' } as const;
const critical = { severity: 'critical' } as const;

/** Alerts that panels refer to: they name the runbook, and the threshold where there is one. */
export const alertThresholds = {
  ApiErrorBudgetBurn: critical,
  ApiTargetMissing: critical,
  ApiAllInstancesDown: { ...critical, equals: 0 },
  ApiInstanceDown: { ...warning, equals: 0 },
  ApiRestartLoop: { ...warning, above: 2 },
  ApiAllNotReady: { ...critical, equals: 0 },
  ApiNotReady: { ...warning, equals: 0 },
  ApiProbeFailed: { ...critical, equals: 0 },
  ApiRouteErrorRatioHigh: { ...warning, above: 0.05 },
  ApiInFlightHigh: { ...warning, above: 100 },
  ComponentDown: { ...critical, equals: 0 },
  ComponentDegraded: { ...warning, equals: 0 },
  ComponentCheckStale: { ...warning, above: 300 },
  DbPoolSaturated: { ...warning, above: 0.9 },
  DbLatencyHigh: { ...warning, above: 0.2 },
  DbSlowerThanLastWeek: { ...warning, above: 3 },
  DbErrorsHigh: { ...warning, above: 0.05 },
  BackupTooOld: { ...warning, above: OLDEST_BACKUP_SECONDS },
  RestoreNotVerified: { ...warning, above: OLDEST_VERIFIED_SECONDS },
  PostgresConnectionsNearLimit: { ...warning, above: 0.8 },
  PostgresDeadlocks: { ...warning, above: 3 },
  PostgresLongTransaction: { ...warning, above: 600 },
  PostgresMetricsMissing: { ...warning, equals: 0 },
  RedisMemoryNearLimit: { ...warning, above: 0.9 },
  RedisEvicting: { ...warning, above: 0 },
  RedisRejectedConnections: { ...warning, above: 0 },
  RedisPersistenceFailing: { ...warning, equals: 0 },
  RedisMetricsMissing: { ...warning, equals: 0 },
  OutboundErrorRatioHigh: { ...warning, above: 0.1 },
  EventLoopLagHigh: { ...warning, above: 0.1 },
  EventLoopSaturated: { ...warning, above: 0.9 },
  HeapNearLimit: { ...warning, above: 0.9 },
  GcPressure: { ...warning, above: 0.1 },
  FileDescriptorsNearLimit: { ...warning, above: 0.85 },
  AssessmentFailuresHigh: { ...warning, above: 0.05 },
  AssessmentQueueBacklog: { ...warning, above: 16 },
  AssessmentSlow: { ...warning, above: 5 },
  EngineResultChanged: { ...warning, above: 0 },
  EngineScoreDrift: { ...warning, above: 1 },
  UnscoredPathsRising: { ...warning, above: 0.2 },
  AppealsUpheldHigh: { ...warning, above: 0.5 },
  JobsOldestAgeHigh: { ...warning, above: 300 },
  JobsDead: { ...warning, above: 0 },
  NoWorker: { ...critical, equals: 0 },
  WebhookFailing: { ...warning, above: 0.5 },
  RateLimitSurge: { ...warning, above: 0.1 },
  RateLimiterDegraded: { ...warning, equals: 1 },
  RateLimiterOverflow: { ...warning, above: 0 },
  CircuitBreakerOpen: { ...warning, equals: 2 },
  CircuitBreakerFlapping: { ...warning, above: 3 },
  CircuitBreakerStuckHalfOpen: warning,
  CacheHitRatioLow: { ...warning, below: 0.5 },
  CacheErrors: { ...warning, above: 0.05 },
  CacheBusDown: { ...warning, equals: 0 },
  CacheErasuresPending: { ...warning, above: 0 },
  AuthFailuresHigh: { ...warning, above: 1 },
  RefreshReuse: { ...warning, above: 0 },
  AdminKeyBootstrapInUse: { ...warning, equals: 1 },
  CandidateRetentionOverdue: { ...warning, above: 0 },
  UploadsFailing: { ...warning, above: 0.05 },
  LogLinesDropped: { ...warning, above: 0 },
  ErrorLogSpike: { severity: 'info', above: 0.05 },
  TraceExportFailing: { ...warning, above: 0 },
  TraceQueueNearFull: { ...warning, above: 0.8 },
  MetricsCardinalityHigh: { ...warning, above: 14_000 },
  MetricsScrapeSlow: { ...warning, above: 2 },
  MetricsCollectErrors: { ...warning, above: 0 },
  SloRecordsMissing: warning,
  MonitoringTargetDown: { ...warning, equals: 0 },
  PrometheusConfigReloadFailed: { ...warning, equals: 0 },
  PrometheusNotConnectedToAlertmanager: { ...critical, below: 1 },
  PrometheusRuleFailures: { ...warning, above: 0 },
  AlertmanagerNotificationsFailing: { ...warning, above: 0 },
} as const satisfies Record<string, AlertThreshold>;

export type AlertName = keyof typeof alertThresholds;

/** The comparison of an alert, in PromQL. */
export function limit(
  alert: {
    [A in AlertName]: (typeof alertThresholds)[A] extends
      | { above: number }
      | { below: number }
      | { equals: number }
      ? A
      : never;
  }[AlertName],
): string {
  const { above, below, equals }: Threshold = alertThresholds[alert];
  if (above !== undefined) return `> ${above}`;
  return below === undefined ? `== ${equals}` : `< ${below}`;
}

/** Probes are not users' requests: no objective and no alert on routes counts them. */
const PROBES = Object.values(healthPaths).join('|');
export const notProbes = `route!~"${PROBES}"`;

/** Days that an objective and its budget are for. */
export const OBJECTIVE_DAYS = 30;

/** With which the names of the objectives about time begin, and what a page about any of them is called. */
export const LATENCY_SLO = 'api-latency';

/**
 * What is promised, by what somebody wants: an answer at all, a page to read, a submission judged. A
 * 429 is the limiter doing its work; a 503 counts, whoever is to blame; event streams are long by
 * nature, and exports by what is stored. Changes other than submissions are few and small:
 * availability is all they are promised.
 */
export const objectives = {
  availability: {
    slo: 'api-availability',
    title: 'Availability',
    ratio: 0.999,
    budget: 0.001,
    counted: `${notProbes},status_code!="429"`,
    bad: `${notProbes},status_code=~"5.."`,
  },
  read: {
    slo: `${LATENCY_SLO}-read`,
    title: 'Reads',
    ratio: 0.99,
    budget: 0.01,
    /** Answers within this: a bucket's bound, and no whole number, since Prometheus 3 writes those differently. */
    seconds: 0.25,
    counted: `route!~"${PROBES}|.*/events|.*/export",method=~"GET|HEAD",status_code!~"5..|429"`,
  },
  /** Of `assessment_duration_seconds`, as are large ones: their time follows from their size. */
  submitSmall: {
    slo: `${LATENCY_SLO}-submit-small`,
    title: 'Small submissions',
    ratio: 0.99,
    budget: 0.01,
    seconds: 0.5,
    counted: 'stage="total",size_class="small"',
  },
  submitLarge: {
    slo: `${LATENCY_SLO}-submit-large`,
    title: 'Large submissions',
    ratio: 0.99,
    budget: 0.01,
    seconds: 2.5,
    counted: 'stage="total",size_class="large"',
  },
} as const;

/** A promise of how soon, `99 % of … within 250 ms` in words. */
export function promise({
  title,
  ratio,
  seconds,
}: {
  title: string;
  ratio: number;
  seconds: number;
}): string {
  return `${title}: ${ratio * 100} % within ${seconds < 1 ? `${seconds * 1000} ms` : `${seconds} s`}`;
}

/**
 * Burn rates of the four ApiErrorBudgetBurn rules, fastest first. The long window says that it
 * matters, the short one that it is no old matter, `recent` ends it as soon as that can be told.
 */
export const burnRates = [
  { factor: 14.4, long: '1h', short: '5m', recent: '2m', for: undefined, severity: 'critical' },
  // Where there is little history both burn at once: who was told by the first need not be told again.
  { factor: 6, long: '6h', short: '30m', recent: '2m', for: '2m', severity: 'critical' },
  { factor: 3, long: '1d', short: '2h', recent: '5m', for: '1h', severity: 'warning' },
  { factor: 1, long: '3d', short: '6h', recent: '5m', for: '3h', severity: 'warning' },
] as const;

/**
 * Of two scrapes 15 s apart, and 5 s for one that is just being written: what was steadily bad and is good
 * in it is over. Where scrapes are rarer nothing is recorded over it, and `recent` decides.
 */
export const SUDDEN = '35s';

/** Bad requests in the long window from which on a budget burns: of a handful of requests, one is a large share. */
export const BURN_MIN_ERRORS = 10;

/** Over which the shares of bad requests are shown, shortest first. */
export const burnWindows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;
