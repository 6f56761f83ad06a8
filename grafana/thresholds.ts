/**
 * The numbers that a panel draws and an alert fires on, once. The rules are hand-written YAML; a
 * test compares each of them with its entry here.
 */

export interface AlertThreshold {
  severity: 'critical' | 'warning' | 'info';
  /** Bad from here up; absent when the alert has no number that a panel could draw. */
  above?: number;
  /** Bad below here. */
  below?: number;
}

const warning = { severity: 'warning' } as const;
const critical = { severity: 'critical' } as const;

/** Alerts that panels refer to: they name the runbook, and the threshold where there is one. */
export const alertThresholds = {
  ApiErrorBudgetBurn: critical,
  ApiTargetMissing: { ...critical, below: 1 },
  ApiInstanceDown: { ...warning, below: 1 },
  ApiRestartLoop: { ...warning, above: 2 },
  ApiNotReady: { ...warning, below: 1 },
  ApiRouteErrorRatioHigh: { ...warning, above: 0.05 },
  ApiInFlightHigh: { ...warning, above: 100 },
  ComponentDown: { ...critical, below: 1 },
  ComponentDegraded: { ...warning, below: 1 },
  ComponentCheckStale: { ...warning, above: 300 },
  DbPoolSaturated: { ...warning, above: 0.9 },
  DbLatencyHigh: { ...warning, above: 0.5 },
  DbErrorsHigh: { ...warning, above: 0.05 },
  OutboundErrorRatioHigh: { ...warning, above: 0.1 },
  EventLoopLagHigh: { ...warning, above: 0.1 },
  EventLoopSaturated: { ...warning, above: 0.9 },
  HeapNearLimit: { ...warning, above: 0.9 },
  GcPressure: { ...warning, above: 0.1 },
  FileDescriptorsNearLimit: { ...warning, above: 0.85 },
  AssessmentFailuresHigh: { ...warning, above: 0.05 },
  AssessmentQueueBacklog: { ...warning, above: 16 },
  AssessmentSlow: { ...warning, above: 5 },
  RateLimitSurge: { ...warning, above: 0.1 },
  RateLimiterDegraded: { ...warning, above: 1 },
  RateLimiterOverflow: { ...warning, above: 0 },
  CircuitBreakerOpen: { ...warning, above: 2 },
  CircuitBreakerFlapping: { ...warning, above: 3 },
  CircuitBreakerStuckHalfOpen: warning,
  CacheHitRatioLow: { ...warning, below: 0.5 },
  CacheErrors: { ...warning, above: 0.05 },
  CacheBusDown: { ...warning, below: 1 },
  ErrorLogSpike: { severity: 'info', above: 0.05 },
  TraceExportFailing: { ...warning, above: 0 },
  TraceQueueNearFull: { ...warning, above: 0.8 },
  MetricsCardinalityHigh: { ...warning, above: 4000 },
  MetricsScrapeSlow: { ...warning, above: 2 },
  MetricsCollectErrors: { ...warning, above: 0 },
  SloRecordsMissing: warning,
  MonitoringTargetDown: { ...warning, below: 1 },
  PrometheusConfigReloadFailed: { ...warning, below: 1 },
  PrometheusNotConnectedToAlertmanager: { ...critical, below: 1 },
  PrometheusRuleFailures: { ...warning, above: 0 },
  AlertmanagerNotificationsFailing: { ...warning, above: 0 },
} as const satisfies Record<string, AlertThreshold>;

export type AlertName = keyof typeof alertThresholds;

const NOT_PROBES = '/health|/api/v1/health|/api/v1/status/.*';

/** The two objectives, over 30 days, and the requests they count. */
export const objectives = {
  availability: {
    slo: 'api-availability',
    ratio: 0.999,
    budget: 0.001,
    counted: `route!~"${NOT_PROBES}",status_code!="429"`,
    bad: `route!~"${NOT_PROBES}",status_code=~"5.."`,
  },
  latency: {
    slo: 'api-latency',
    ratio: 0.99,
    budget: 0.01,
    /** A bucket's bound: answers other than 5xx within this. */
    seconds: 0.25,
    counted: `route!~"${NOT_PROBES}|.*/events",status_code!~"5..|429"`,
  },
} as const;

/** Burn rates of the four ApiErrorBudgetBurn rules, fastest first. */
export const burnRates = [
  { factor: 14.4, long: '1h', short: '5m', severity: 'critical' },
  { factor: 6, long: '6h', short: '30m', severity: 'critical' },
  { factor: 3, long: '1d', short: '2h', severity: 'warning' },
  { factor: 1, long: '3d', short: '6h', severity: 'warning' },
] as const;
