import { exporterJobs } from '#grafana/exporters.ts';
import { limit } from '#grafana/thresholds.ts';
import { times } from '../texts.ts';
import { alert, type RuleFile } from '../rule.ts';

/** Besides the service's own, what prometheus.yml scrapes. */
export const monitoringJobs = [
  'prometheus',
  'alertmanager',
  'jaeger',
  'grafana',
  'victorialogs',
  'api-probe',
  exporterJobs.postgres,
  exporterJobs.redis,
] as const;

export const meta: RuleFile = {
  name: 'meta',
  about: 'Who watches the watchmen.',
  groups: {
    alerts: [
      alert('Watchdog', {
        expr: 'vector(1)',
        service: 'monitoring',
        cause: 'monitoring',
        summary: 'The alerting pipeline works',
        description: `
            This alert always fires (value {{ $value }}). Its receiver raises the alarm when
            it stops coming.`,
        dashboard: 'telemetry',
      }),
      alert('MonitoringTargetDown', {
        expr: `up{job=~"${monitoringJobs.join('|')}"} ${limit('MonitoringTargetDown')}`,
        for: '5m',
        service: 'monitoring',
        cause: 'monitoring',
        summary: '{{ $labels.job }} is not scraped',
        description: `
            Prometheus has not reached {{ $labels.job }} at {{ $labels.instance }} for 5
            minutes (up is {{ $value }}).`,
        dashboard: 'telemetry',
      }),
      alert('PrometheusConfigReloadFailed', {
        expr: `max_over_time(prometheus_config_last_reload_successful[5m]) ${limit('PrometheusConfigReloadFailed')}`,
        for: '10m',
        service: 'monitoring',
        cause: 'monitoring',
        summary: 'Prometheus runs with an old configuration',
        description: `
            {{ $labels.instance }} could not load its configuration
            (prometheus_config_last_reload_successful is {{ $value }}) and goes on with the
            last good one.`,
        dashboard: 'telemetry',
      }),
      alert('PrometheusRuleFailures', {
        expr: `increase(prometheus_rule_evaluation_failures_total[5m]) ${limit('PrometheusRuleFailures')}`,
        for: '15m',
        service: 'monitoring',
        cause: 'monitoring',
        summary: 'Prometheus cannot evaluate a rule',
        description: `
            ${times} evaluations of {{ $labels.rule_group }} failed in the
            last 5 minutes.`,
        dashboard: 'telemetry',
      }),
      alert('PrometheusNotConnectedToAlertmanager', {
        expr: `max_over_time(prometheus_notifications_alertmanagers_discovered[5m]) ${limit('PrometheusNotConnectedToAlertmanager')}`,
        for: '10m',
        service: 'monitoring',
        cause: 'monitoring',
        summary: 'Alerts go nowhere',
        description: 'Prometheus {{ $labels.instance }} knows {{ $value }} Alertmanagers.',
        dashboard: 'telemetry',
      }),
      alert('AlertmanagerNotificationsFailing', {
        expr: `sum by (job, instance, integration) (increase(alertmanager_notifications_failed_total[5m])) ${limit('AlertmanagerNotificationsFailing')}`,
        for: '10m',
        service: 'monitoring',
        cause: 'monitoring',
        summary: 'Alertmanager cannot notify',
        description: `
            ${times} notifications of the last 5 minutes through {{
            $labels.integration }} failed.`,
        dashboard: 'telemetry',
      }),
    ],
  },
};
