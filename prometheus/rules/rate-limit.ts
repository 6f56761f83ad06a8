import { alertThresholds, limit, SUDDEN } from '#grafana/thresholds.ts';
import { asked, percent, times } from '../texts.ts';
import { alert, record, type RuleFile } from '../rule.ts';

const failedDecisions = asked(
  'sum(increase(rate_limiter_decisions_total{decision="error",instance="%s"}[5m]))',
);

/** Of all requests, those over their limit. */
const refused = (window: string, atLeast = 0) => `
  sum by (job) (rate(http_requests_limited_total{reason="quota"}[${window}]))
  /
  (sum by (job) (rate(http_request_duration_seconds_count[${window}])) > ${atLeast})`;

const justNow = `job:http_requests_limited:ratio_rate${SUDDEN}`;

export const rateLimit: RuleFile = {
  name: 'rate-limit',
  about: 'Who is refused, and whether the limiter still sees what other processes admit.',
  groups: {
    alerts: [
      record(justNow, refused(SUDDEN)),
      alert('RateLimitSurge', {
        // A client that is admitted at the begin of each minute pauses, and that is no end.
        expr: `
            (${refused('10m', 1)}
            ) ${limit('RateLimitSurge')}
            and on (job)
            (${refused('2m')}
            ) ${limit('RateLimitSurge')}
            unless on (job) (
              ${justNow} <= ${alertThresholds.RateLimitSurge.above}
              and on (job)
              min_over_time(${justNow}[1m] offset 2m) ${limit('RateLimitSurge')}
            )
          `,
        for: '10m',
        cause: 'clients',
        summary: 'Many requests are over their rate limit',
        description: `
            ${percent} of all requests of the last 10 minutes were
            answered 429: a client runs wild, many share one address, or the limits are too
            low.`,
        dashboard: 'rate-limit',
      }),
      alert('RateLimiterDegraded', {
        expr: `
            max by (job, instance) (rate_limiter_fallback_active) ${limit('RateLimiterDegraded')}
            or
            max by (job, instance) (rate_limiter_fallback_active)
            and on (job, instance)
            sum by (job, instance) (rate(rate_limiter_decisions_total{decision="error"}[5m])) > 0
          `,
        for: '5m',
        cause: 'redis',
        summary: '{{ $labels.instance }} limits without Redis',
        description: `
            {{ $labels.instance }} decides {{ if eq $value 1.0 }}by what it has seen itself, since Redis
            does not answer it{{ else }}with Redis, and not always{{ end }}; decisions that failed in the
            last 5 minutes: ${failedDecisions}.`,
        dashboard: 'rate-limit',
      }),
      alert('RateLimiterOverflow', {
        expr: `sum by (job, instance) (increase(rate_limiter_local_evictions_total{kind="window"}[5m])) ${limit('RateLimiterOverflow')}`,
        for: '5m',
        cause: 'clients',
        summary: '{{ $labels.instance }} sees more addresses than it can count',
        description: `
            ${times} times in the last 5 minutes {{ $labels.instance }} had no room
            for the window of another address. Newcomers share windows and may be refused
            for what others do.`,
        dashboard: 'rate-limit',
      }),
    ],
  },
};
