/** Names that `prometheus/rules` records, and what Prometheus itself knows of a scrape and an alert. */

const named = (name: string) => ({ name });

export const recorded = {
  sliError30d: named('slo:sli_error:ratio_rate30d'),
  burnRate: named('slo:current_burn_rate:ratio'),
  budgetRemaining: named('slo:period_error_budget_remaining:ratio'),
  dbPoolUsed: named('job_instance:db_pool_used:ratio'),
  dbMeanTime: named('job_db_system_name:db_client_operation_duration_seconds:mean_rate5m'),
  dbUsualTime: named('job_db_system_name:db_client_operation_duration_seconds:usual1w'),
  cacheHits: named('job_cache:cache_requests_hits:ratio_rate5m'),
} as const;

/** The share of bad requests over one of the windows of `burnRates`. */
export function sliError(window: string): { name: string } {
  return named(`slo:sli_error:ratio_rate${window}`);
}

/** Of the blackbox exporter, whose job is that of the service and `-probe`. */
export const probe = {
  success: named('probe_success'),
  duration: named('probe_duration_seconds'),
} as const;

export const scrape = {
  up: named('up'),
  duration: named('scrape_duration_seconds'),
  samples: named('scrape_samples_post_metric_relabeling'),
  added: named('scrape_series_added'),
} as const;

/** Of Prometheus, Alertmanager and Jaeger, which Prometheus scrapes too. */
export const monitors = {
  ruleFailures: named('prometheus_rule_evaluation_failures_total'),
  ruleDuration: named('prometheus_rule_group_last_duration_seconds'),
  ruleInterval: named('prometheus_rule_group_interval_seconds'),
  configLoaded: named('prometheus_config_last_reload_successful'),
  alertmanagers: named('prometheus_notifications_alertmanagers_discovered'),
  notifications: named('alertmanager_notifications_total'),
  notificationsFailed: named('alertmanager_notifications_failed_total'),
  jaegerAccepted: named('otelcol_receiver_accepted_spans_total'),
  jaegerRefused: named('otelcol_receiver_refused_spans_total'),
} as const;
