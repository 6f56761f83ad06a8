import { limit } from '#grafana/thresholds.ts';
import { causeOfComponent } from '../causes.ts';
import { alert, type RuleFile } from '../rule.ts';
import { API } from '../roles.ts';
import { suspects } from '../suspects.ts';
import { asked, duration, listedOf, quantity } from '../texts.ts';

const failing = asked('count(component_up{component="%s"} == 0)', ['component']);
const probed = asked('count(component_up{component="%s"})', ['component']);

const reasons = listedOf(
  'topk(3, sum by (reason) (rate(component_health_check_failures_total{component="%s"}[5m])) > 0)',
  'component',
  'Reason: ',
  'reason',
);

export const health: RuleFile = {
  name: 'health',
  about: 'Is it there, is it ready, do its components work.',
  groups: {
    alerts: [
      alert('ApiTargetMissing', {
        expr: `absent(up${API})`,
        for: '1m',
        cause: 'process',
        summary: 'Prometheus knows no instance of the API',
        description: `
            Nothing is found to scrape for the job {{ $labels.job }} (value ${quantity}): the service is
            gone, or its targets are. All other alerts of the service are blind until this is mended.`,
        dashboard: 'overview',
      }),
      alert('ApiAllInstancesDown', {
        expr: `max by (job) (up${API}) ${limit('ApiAllInstancesDown')}`,
        for: '1m',
        cause: 'process',
        summary: 'No instance of the API can be scraped',
        description: `
            Prometheus reaches none of ${asked(`count(up${API})`, [])} instances of the job
            {{ $labels.job }}: the service is down, or its metrics port (METRICS_PORT, 9464) cannot be
            reached. All other alerts of the service are blind until this is mended.`,
        dashboard: 'overview',
      }),
      alert('ApiInstanceDown', {
        expr: `up ${limit('ApiInstanceDown')}`,
        for: '3m',
        cause: 'process',
        summary: 'The instance {{ $labels.instance }} is not scraped',
        description: 'Prometheus has not reached {{ $labels.instance }} for 3 minutes.',
        dashboard: 'overview',
      }),
      alert('ApiRestartLoop', {
        expr: `changes(process_start_time_seconds[15m]) ${limit('ApiRestartLoop')}`,
        cause: 'process',
        summary: '{{ $labels.instance }} keeps restarting',
        description: `{{ $labels.instance }} started ${quantity} times in the last 15 minutes.`,
        dashboard: 'runtime',
      }),
      alert('ApiAllNotReady', {
        expr: `max by (job) (app_ready${API}) ${limit('ApiAllNotReady')}`,
        for: '2m',
        cause: 'unknown',
        summary: 'No instance of the API takes traffic',
        description: `
            Readiness of all ${asked(`count(app_ready${API})`, [])} instances has answered 503 for 2
            minutes: nobody is served, and so no error is counted.${suspects}`,
        dashboard: 'health',
      }),
      alert('ApiNotReady', {
        expr: `app_ready${API} ${limit('ApiNotReady')}`,
        for: '5m',
        cause: 'unknown',
        summary: '{{ $labels.instance }} takes no traffic',
        description: `
            Readiness of {{ $labels.instance }} has answered 503 for 5 minutes (app_ready is
            ${quantity}).`,
        dashboard: 'health',
      }),
      // Seen from outside: whatever is between users and the service is in it.
      alert('ApiProbeFailed', {
        expr: `probe_success ${limit('ApiProbeFailed')}`,
        for: '1m',
        cause: 'unknown',
        summary: '{{ $labels.instance }} does not answer',
        description: `
            Requests from outside to {{ $labels.instance }} have failed for a minute; the last one was
            given up after ${asked('probe_duration_seconds{instance="%s"}')} seconds.${suspects}`,
        dashboard: 'health',
      }),
      alert('ComponentDown', {
        // Of all instances: an outage is one alert, whichever sees it first.
        expr: `min by (job, component) (component_up{critical="true"}) ${limit('ComponentDown')}`,
        // Three scrapes: probes are a second apart, and one of them may be late.
        for: '45s',
        cause: causeOfComponent,
        summary: '{{ $labels.component }} is down',
        description: `
            The health probe of {{ $labels.component }} has failed for 45 seconds or more, on
            ${failing} of ${probed} instances. The service cannot do its work without it.${reasons}`,
        dashboard: 'health',
      }),
      alert('ComponentDegraded', {
        expr: `min by (job, component) (component_up{critical="false"}) ${limit('ComponentDegraded')}`,
        for: '2m',
        cause: causeOfComponent,
        summary: '{{ $labels.component }} does not work',
        description: `
            The health probe of {{ $labels.component }} has failed for 2 minutes or more, on
            ${failing} of ${probed} instances. The service goes on without it.${reasons}`,
        dashboard: 'health',
      }),
      alert('ComponentCheckStale', {
        expr: `
            time() - component_last_success_timestamp_seconds ${limit('ComponentCheckStale')}
            and on (job, instance, component)
            component_up == 1
          `,
        for: '1m',
        cause: causeOfComponent,
        summary: '{{ $labels.component }} is no longer probed on {{ $labels.instance }}',
        description: `
            {{ $labels.component }} is said to work on {{ $labels.instance }}, yet the last
            probe that passed was ${duration} ago.`,
        dashboard: 'health',
      }),
    ],
  },
};
