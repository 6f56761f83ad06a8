import { limit } from '#grafana/thresholds.ts';
import { causeOfBreaker } from '../causes.ts';
import { times } from '../texts.ts';
import { alert, record, type RuleFile } from '../rule.ts';

export const circuitBreaker: RuleFile = {
  name: 'circuit-breaker',
  about: 'Dependencies that are left alone because they do not answer well.',
  groups: {
    records: [
      record(
        'job_name:circuit_breaker_rejected:ratio_rate5m',
        `
            sum by (job, name) (rate(circuit_breaker_calls_total{outcome="rejected"}[5m]))
            /
            (sum by (job, name) (rate(circuit_breaker_calls_total{outcome!="fallback"}[5m])) > 0)
          `,
      ),
    ],
    alerts: [
      // Where nobody but a call can ask a probe stands between two openings: a scrape may see that one each time.
      alert('CircuitBreakerOpen', {
        expr: `
            max by (job, name) (circuit_breaker_state) ${limit('CircuitBreakerOpen')}
            or
            max by (job, name) (circuit_breaker_state) == 1
            and on (job, name)
            sum by (job, name) (increase(circuit_breaker_transitions_total{to="open"}[1m])) > 0
          `,
        for: '1m',
        // A dependency that comes and goes is one alert.
        keepFiringFor: '4m',
        cause: causeOfBreaker,
        summary: 'The circuit breaker {{ $labels.name }} is open',
        description: `
            {{ $labels.name }} has let no calls through for a minute but probes (state {{
            $value }}; 2 is open, 1 is probing). What stands in for it is in use.`,
        dashboard: 'circuit-breaker',
      }),
      // Openings after a failed probe are one and the same outage.
      alert('CircuitBreakerFlapping', {
        expr: `sum by (job, name) (increase(circuit_breaker_transitions_total{to="open",reason!~"probe_.*|forced"}[30m])) ${limit('CircuitBreakerFlapping')}`,
        cause: causeOfBreaker,
        summary: 'The circuit breaker {{ $labels.name }} opens again and again',
        description: `
            {{ $labels.name }} opened ${times} times in the last 30 minutes
            and closed in between.`,
        dashboard: 'circuit-breaker',
      }),
      // Without a single call nobody can probe, and nobody is kept waiting.
      alert('CircuitBreakerStuckHalfOpen', {
        expr: `
            max by (job, name) (circuit_breaker_state) == 1
            unless on (job, name)
            sum by (job, name) (increase(circuit_breaker_calls_total[10m])) == 0
          `,
        for: '10m',
        cause: causeOfBreaker,
        summary: 'The circuit breaker {{ $labels.name }} neither closes nor opens',
        description: `
            {{ $labels.name }} has been half-open for 10 minutes (state {{ $value }}): calls
            come, yet no probe decides.`,
        dashboard: 'circuit-breaker',
      }),
    ],
  },
};
