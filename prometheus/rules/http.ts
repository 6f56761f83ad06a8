import { limit, notProbes, objectives } from '#grafana/thresholds.ts';
import { suspects } from '../suspects.ts';
import { percent, quantity } from '../texts.ts';
import { alert, record, type RuleFile } from '../rule.ts';

export const http: RuleFile = {
  name: 'http',
  about: 'Rate, errors and time of each route.',
  groups: {
    records: [
      record(
        'job_route:http_requests:rate5m',
        'sum by (job, route) (rate(http_request_duration_seconds_count[5m]))',
      ),
      record(
        'job_route:http_requests_errors:ratio_rate5m',
        `
            (
              sum by (job, route) (rate(http_request_duration_seconds_count{status_code=~"5.."}[5m]))
              or
              0 * sum by (job, route) (rate(http_request_duration_seconds_count[5m]))
            )
            /
            (sum by (job, route) (rate(http_request_duration_seconds_count[5m])) > 0)
          `,
      ),
      // Absent without requests: what it is of none, is no number.
      record(
        'job_route:http_request_duration_seconds:p99_rate5m',
        'histogram_quantile(0.99, sum by (job, route, le) (rate(http_request_duration_seconds_bucket[5m]))) >= 0',
      ),
      // Of the whole job; histogram_quantile(0.99, rate(http_request_duration_seconds[5m])) answers for each series
      // of the native histograms that Prometheus 3 makes of these (prometheus.yml).
      record(
        'job:http_request_duration_seconds:p99_rate5m',
        'histogram_quantile(0.99, sum by (job, le) (rate(http_request_duration_seconds_bucket[5m]))) >= 0',
      ),
    ],
    alerts: [
      alert('ApiRouteErrorRatioHigh', {
        expr: `
            job_route:http_requests_errors:ratio_rate5m{${notProbes}} ${limit('ApiRouteErrorRatioHigh')}
            and on (job, route)
            job_route:http_requests:rate5m > 0.1
          `,
        for: '10m',
        cause: 'unknown',
        summary: '{{ $labels.route }} fails',
        description: `
            ${percent} of the requests to {{ $labels.route }} were
            answered with a 5xx in the last 5 minutes.${suspects}`,
        dashboard: 'http',
      }),
      alert('ApiInFlightHigh', {
        expr: `http_requests_in_flight ${limit('ApiInFlightHigh')}`,
        for: '5m',
        cause: 'unknown',
        summary: 'Requests pile up in {{ $labels.instance }}',
        description: `
            ${quantity} requests are accepted and not yet answered by {{ $labels.instance }}.`,
        dashboard: 'http',
      }),
      // Not beside the records: a file that cannot be loaded takes its alerts with it.
      alert('SloRecordsMissing', {
        expr: `
            absent(slo:sli_error:ratio_rate5m{slo="api-availability"})
            and on ()
            sum(rate(http_request_duration_seconds_count{${objectives.availability.counted}}[5m])) > 0
          `,
        for: '15m',
        service: 'monitoring',
        cause: 'monitoring',
        summary: 'There is traffic, and the objectives are not computed',
        description: `
            The records of slo.yml have been missing for 15 minutes although requests come
            in (value ${quantity}): no budget alert can fire.`,
        dashboard: 'slo',
      }),
    ],
  },
};
