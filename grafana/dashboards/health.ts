import {
  appReady,
  checkDuration,
  checkFailures,
  componentUp,
  lastSuccess,
} from '#src/resilience/health/metrics.ts';
import { dashboard } from '../dashboard.ts';
import { stat, states, timeseries } from '../panels.ts';
import { quantile, rate, select, sumBy } from '../queries.ts';
import { probe } from '../recorded.ts';
import { readyOrNot, upOrDown } from '../states.ts';

const outside = '{job=~"$job-probe"}';

/** Which part of the service works. */
export const health = dashboard({
  uid: 'api-health',
  title: 'API / Health',
  description: 'Which component works, since when, and what its probe found.',
  sections: [
    {
      id: 100,
      title: 'State',
      panels: [
        states({
          id: 1,
          w: 18,
          h: 9,
          title: 'Components',
          description: 'What the last probe of each component found, by instance.',
          unit: 'none',
          queries: [{ expr: select(componentUp), legend: '{{component}} {{instance}}' }],
          states: upOrDown,
          alert: 'ComponentDown',
          links: ['ComponentDegraded'],
        }),
        stat({
          id: 2,
          w: 6,
          h: 9,
          title: 'Components down',
          description:
            'Without a critical one the service cannot answer; without another it answers less.',
          unit: 'none',
          queries: ['true', 'false'].map((critical) => ({
            expr: `count(${select(componentUp, `critical="${critical}"`)} == 0) or vector(0)`,
            legend: critical === 'true' ? 'critical' : 'other',
          })),
          thresholds: [
            { value: null, color: 'green' },
            { value: 1, color: 'red' },
          ],
          links: ['ComponentDown', 'ComponentDegraded'],
        }),
        states({
          id: 3,
          w: 24,
          h: 4,
          title: 'Readiness',
          description: 'Whether each instance takes traffic.',
          unit: 'none',
          queries: [{ expr: select(appReady), legend: '{{instance}}' }],
          states: readyOrNot,
          alert: 'ApiNotReady',
          links: ['ApiAllNotReady'],
        }),
        states({
          id: 7,
          w: 12,
          h: 4,
          title: 'Asked from outside',
          description: 'Whether the address answers the black-box probe, as it would a user.',
          unit: 'none',
          queries: [{ expr: `${probe.success.name}${outside}`, legend: '{{instance}}' }],
          states: upOrDown,
          alert: 'ApiProbeFailed',
          noValue: 'no probe',
        }),
        timeseries({
          id: 8,
          w: 12,
          h: 4,
          title: 'Time of an answer, from outside',
          description: 'What a request of the probe takes, connection and name look-up included.',
          unit: 's',
          queries: [{ expr: `${probe.duration.name}${outside}`, legend: '{{instance}}' }],
          noValue: 'no probe',
          links: ['ApiProbeFailed'],
        }),
      ],
    },
    {
      id: 101,
      title: 'Probes',
      panels: [
        timeseries({
          id: 4,
          w: 8,
          h: 9,
          title: 'Time of probes (p95)',
          description: '95 % of the probes take less than this.',
          unit: 's',
          noValue: 'no probes',
          queries: [{ expr: quantile(0.95, checkDuration, 'component'), legend: '{{component}}' }],
          links: ['ComponentCheckStale'],
        }),
        timeseries({
          id: 5,
          w: 8,
          h: 9,
          title: 'Failed probes',
          description: 'Probes a second that failed, by reason.',
          unit: 'cps',
          look: 'bars',
          queries: [
            {
              expr: `${sumBy('component, reason', rate(checkFailures))} > 0`,
              legend: '{{component}} {{reason}}',
            },
          ],
          noValue: 'none',
          links: ['ComponentDown', 'ComponentDegraded'],
        }),
        timeseries({
          id: 6,
          w: 8,
          h: 9,
          title: 'Since the last good probe',
          description: 'Grows while a component is down or its probe hangs.',
          unit: 's',
          queries: [
            { expr: `time() - ${select(lastSuccess)}`, legend: '{{component}} {{instance}}' },
          ],
          alert: 'ComponentCheckStale',
        }),
      ],
    },
  ],
});
