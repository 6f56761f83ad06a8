import {
  circuitCallDuration,
  circuitCalls,
  circuitFailureRatio,
  circuitLastTransition,
  circuitState,
  circuitTransitions,
} from '#src/resilience/circuit-breaker/metrics.ts';
import { dashboard } from '../dashboard.ts';
import { states, timeseries } from '../panels.ts';
import { quantile, rate, ratio, select, sumBy } from '../queries.ts';
import { circuitStates } from '../states.ts';

/** Which dependency is left alone, since when, and what callers get instead. */
export const circuitBreaker = dashboard({
  uid: 'api-circuit-breaker',
  title: 'API / Circuit breakers',
  description: 'Which dependency is left alone, since when, and what becomes of its calls.',
  sections: [
    {
      id: 100,
      title: 'State',
      panels: [
        states({
          id: 1,
          w: 16,
          h: 9,
          title: 'Breakers',
          description: 'The worst state of each breaker among the instances.',
          unit: 'none',
          queries: [{ expr: `max by (name) (${select(circuitState)})`, legend: '{{name}}' }],
          states: circuitStates,
          alert: 'CircuitBreakerOpen',
          links: ['CircuitBreakerStuckHalfOpen'],
        }),
        timeseries({
          id: 2,
          w: 8,
          h: 9,
          title: 'Time in this state',
          description: 'Since the last change of state, on the instance where it was last.',
          unit: 's',
          queries: [
            {
              expr: `time() - max by (name) (${select(circuitLastTransition)})`,
              legend: '{{name}}',
            },
          ],
          links: ['CircuitBreakerStuckHalfOpen'],
        }),
        timeseries({
          id: 3,
          w: 12,
          h: 8,
          title: 'Changes of state',
          description: 'Changes a second: where to and why.',
          unit: 'cps',
          look: 'bars',
          queries: [
            {
              expr: `${sumBy('name, to, reason', rate(circuitTransitions))} > 0`,
              legend: '{{name}} {{to}}: {{reason}}',
            },
          ],
          noValue: 'none',
          links: ['CircuitBreakerFlapping'],
        }),
        timeseries({
          id: 4,
          w: 12,
          h: 8,
          title: 'Failure ratio',
          description:
            'Of the last 10 s. A breaker opens at half of at least 20 calls, or at 5 failures in a row.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          queries: [{ expr: `max by (name) (${select(circuitFailureRatio)})`, legend: '{{name}}' }],
          links: ['CircuitBreakerOpen'],
        }),
      ],
    },
    {
      id: 101,
      title: 'Calls',
      panels: [
        timeseries({
          id: 5,
          w: 8,
          h: 9,
          title: 'Calls by outcome',
          description:
            'Calls a second. ignored: says nothing of the dependency; stale: ended in another state than it began in.',
          unit: 'ops',
          look: 'stack',
          queries: [
            {
              expr: `${sumBy('name, outcome', rate(circuitCalls))} > 0`,
              legend: '{{name}} {{outcome}}',
            },
          ],
          links: ['CircuitBreakerOpen', 'traces'],
        }),
        timeseries({
          id: 6,
          w: 8,
          h: 9,
          title: 'Share of refused calls',
          description:
            'Calls that were not made because the breaker was open or its probes were out.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          queries: [
            {
              expr: ratio(
                sumBy('name', rate(circuitCalls, 'outcome="rejected"')),
                sumBy('name', rate(circuitCalls, 'outcome!="fallback"')),
              ),
              legend: '{{name}}',
            },
          ],
          links: ['CircuitBreakerOpen'],
        }),
        timeseries({
          id: 7,
          w: 8,
          h: 9,
          title: 'Time of calls (p95)',
          description: 'Of the calls that were let through, whatever their end.',
          unit: 's',
          noValue: 'no calls',
          queries: [
            {
              expr: quantile(0.95, circuitCallDuration, 'name'),
              legend: '{{name}}',
              exemplars: true,
            },
          ],
          links: ['traces'],
        }),
      ],
    },
  ],
});
