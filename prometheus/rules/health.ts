import { alertThresholds, limit } from '#grafana/thresholds.ts';
import { alert, type RuleFile } from '../rule.ts';

export const health: RuleFile = {
  name: 'health',
  about: 'Is it there, is it ready, do its components work.',
  groups: {
    alerts: [
      alert('ApiTargetMissing', {
        expr: `absent(up == ${alertThresholds.ApiTargetMissing.absent})`,
        for: '2m',
        // absent() of a comparison has no labels; dashboards and routes want this one.
        labels: { job: 'api' },
        summary: 'No instance of the API is scraped',
        description: `
            Prometheus reaches no instance of the job api: the service is down, or its
            metrics port (METRICS_PORT, 9464) cannot be reached. All other alerts of the
            service are blind until this is mended.`,
        dashboard: 'overview',
      }),
      alert('ApiInstanceDown', {
        expr: `up ${limit('ApiInstanceDown')}`,
        for: '3m',
        summary: 'The instance {{ $labels.instance }} is not scraped',
        description: 'Prometheus has not reached {{ $labels.instance }} for 3 minutes.',
        dashboard: 'overview',
      }),
      alert('ApiRestartLoop', {
        expr: `changes(process_start_time_seconds[15m]) ${limit('ApiRestartLoop')}`,
        summary: '{{ $labels.instance }} keeps restarting',
        description: '{{ $labels.instance }} started {{ $value }} times in the last 15 minutes.',
        dashboard: 'runtime',
      }),
      alert('ApiNotReady', {
        expr: `app_ready ${limit('ApiNotReady')}`,
        for: '5m',
        summary: '{{ $labels.instance }} takes no traffic',
        description: `
            Readiness of {{ $labels.instance }} has answered 503 for 5 minutes (app_ready is
            {{ $value }}).`,
        dashboard: 'health',
      }),
      alert('ComponentDown', {
        expr: `component_up{critical="true"} ${limit('ComponentDown')}`,
        for: '2m',
        // It explains symptoms (alertmanager.yml) that are computed over the last 5 minutes: as long as
        // those linger, so does it. And a component that flaps pages once.
        keepFiringFor: '5m',
        summary: '{{ $labels.component }} is down on {{ $labels.instance }}',
        description: `
            The health probe of {{ $labels.component }} has failed on {{ $labels.instance }}
            for 2 minutes (component_up is {{ $value }}). The service cannot do its work
            without it.`,
        dashboard: 'health',
      }),
      alert('ComponentDegraded', {
        expr: `component_up{critical="false"} ${limit('ComponentDegraded')}`,
        for: '5m',
        // Nearly as long as the alerts that it explains.
        keepFiringFor: '4m',
        summary: '{{ $labels.component }} does not work on {{ $labels.instance }}',
        description: `
            The health probe of {{ $labels.component }} has failed on {{ $labels.instance }}
            for 5 minutes (component_up is {{ $value }}). The service goes on without it.`,
        dashboard: 'health',
      }),
      alert('ComponentCheckStale', {
        expr: `
            time() - component_last_success_timestamp_seconds ${limit('ComponentCheckStale')}
            and on (job, instance, component)
            component_up == 1
          `,
        for: '1m',
        summary: '{{ $labels.component }} is no longer probed on {{ $labels.instance }}',
        description: `
            {{ $labels.component }} is said to work on {{ $labels.instance }}, yet the last
            probe that passed was {{ $value | humanizeDuration }} ago.`,
        dashboard: 'health',
      }),
    ],
  },
};
