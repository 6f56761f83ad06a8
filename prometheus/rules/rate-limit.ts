import { limit } from '#grafana/thresholds.ts';
import { alert, type RuleFile } from '../rule.ts';

export const rateLimit: RuleFile = {
  name: 'rate-limit',
  about: 'Who is refused, and whether the limiter still sees what other processes admit.',
  groups: {
    alerts: [
      alert('RateLimitSurge', {
        expr: `
            sum by (job) (rate(http_requests_limited_total{reason="quota"}[10m]))
            /
            (sum by (job) (rate(http_request_duration_seconds_count[10m])) > 1)
            ${limit('RateLimitSurge')}
          `,
        for: '10m',
        summary: 'Many requests are over their rate limit',
        description: `
            {{ $value | humanizePercentage }} of all requests of the last 10 minutes were
            answered 429: a client runs wild, many share one address, or the limits are too
            low.`,
        dashboard: 'rate-limit',
      }),
      alert('RateLimiterDegraded', {
        expr: `
            max by (job, instance) (rate_limiter_fallback_active) ${limit('RateLimiterDegraded')}
            or
            sum by (job, instance) (rate(rate_limiter_decisions_total{decision="error"}[5m])) > 0
          `,
        for: '5m',
        summary: '{{ $labels.instance }} limits without Redis',
        description: `
            For 5 minutes {{ $labels.instance }} has decided by what it has seen itself,
            since Redis does not answer it (1), or could not decide at all (decisions a
            second): {{ $value | printf "%.2g" }}.`,
        dashboard: 'rate-limit',
      }),
      alert('RateLimiterOverflow', {
        expr: `sum by (job, instance) (rate(rate_limiter_local_evictions_total{kind="window"}[5m])) ${limit('RateLimiterOverflow')}`,
        for: '5m',
        summary: '{{ $labels.instance }} sees more addresses than it can count',
        description: `
            {{ $value | printf "%.2f" }} times a second {{ $labels.instance }} has no room
            for the window of another address. Newcomers share windows and may be refused
            for what others do.`,
        dashboard: 'rate-limit',
      }),
    ],
  },
};
