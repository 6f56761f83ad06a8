import { appErrors, httpRequestDuration } from '#src/http/request/metrics.ts';
import { cacheRequests } from '#src/resilience/cache/metrics.ts';
import { circuitState } from '#src/resilience/circuit-breaker/metrics.ts';
import { componentUp } from '#src/resilience/health/metrics.ts';
import { dashboard } from '../dashboard.ts';
import { alertRunbookLink } from '../links.ts';
import { states, table, timeseries } from '../panels.ts';
import { countRate, orZero, quantile, rate, ratio, select, sumBy } from '../queries.ts';
import { circuitStates, upOrDown } from '../states.ts';
import { latencySteps } from '../steps.ts';
import { objectives } from '../thresholds.ts';
import { stateSections } from './overview-state.ts';

const requests = countRate(httpRequestDuration);
const limited = orZero(countRate(httpRequestDuration, '', 'status_code="429"'), requests);
const ofAlerts = {
  alertname: 'Alert',
  severity: 'Severity',
  cause: 'Cause',
  component: 'Component',
  route: 'Route',
  slo: 'SLO',
  instance: 'Instance',
};

/** Is it broken, for whom, since when. */
export const overview = dashboard({
  uid: 'api-overview',
  title: 'API / Overview',
  description: 'Is it broken, for whom, and since when.',
  sections: [
    ...stateSections,
    {
      id: 101,
      title: 'For whom?',
      panels: [
        timeseries({
          id: 8,
          w: 12,
          h: 9,
          title: 'Requests by status',
          description: 'Requests answered a second, by status code.',
          unit: 'reqps',
          look: 'stack',
          byStatus: true,
          queries: [
            {
              expr: countRate(httpRequestDuration, 'status_code'),
              legend: '{{status_code}}',
            },
          ],
          links: ['ApiRouteErrorRatioHigh', 'traces'],
        }),
        timeseries({
          id: 9,
          w: 12,
          h: 9,
          title: 'Latency',
          description: `Half, 95 % and 99 % of requests are faster than this. The line is the objective of reads, ${objectives.read.seconds * 1000} ms. Dots lead to traces.`,
          unit: 's',
          queries: [
            { expr: quantile(0.5, httpRequestDuration), legend: 'p50' },
            { expr: quantile(0.95, httpRequestDuration), legend: 'p95' },
            { expr: quantile(0.99, httpRequestDuration), legend: 'p99', exemplars: true },
          ],
          noValue: 'no traffic',
          thresholds: latencySteps,
          links: ['ApiErrorBudgetBurn', 'slow traces'],
        }),
        table({
          id: 10,
          w: 12,
          h: 8,
          title: 'Firing alerts',
          description: 'What fires now, and its cause: alerts of one cause are one notification.',
          unit: 'none',
          queries: [
            {
              // Its value is the time at which it was first true.
              expr: `max by (${Object.keys(ofAlerts).join(', ')}) (ALERTS_FOR_STATE and ignoring (alertstate) ALERTS{alertstate="firing",severity!="none"}) * 1000`,
              legend: '{{alertname}}',
            },
          ],
          labels: ofAlerts,
          columns: [{ title: 'Since', unit: 'dateTimeAsIso' }],
          overrides: [
            {
              matcher: { id: 'byName', options: ofAlerts.alertname },
              properties: [{ id: 'links', value: [alertRunbookLink] }],
            },
          ],
          noValue: 'nothing fires',
          sortBy: 'Severity',
          ascending: true,
          links: ['SloRecordsMissing'],
        }),
        states({
          id: 11,
          w: 12,
          h: 8,
          title: 'Components',
          description: 'What the last health probe of each component found.',
          unit: 'none',
          queries: [
            { expr: `min by (component) (${select(componentUp)})`, legend: '{{component}}' },
          ],
          states: upOrDown,
          alert: 'ComponentDown',
          links: ['ComponentDegraded'],
        }),
      ],
    },
    {
      id: 102,
      title: 'Since when?',
      panels: [
        timeseries({
          id: 12,
          w: 24,
          h: 8,
          title: 'Errors by code',
          description: 'Answers with an error a second, by the public code of the problem.',
          unit: 'cps',
          look: 'bars',
          queries: [
            { expr: `${sumBy('code, kind', rate(appErrors))} > 0`, legend: '{{code}} ({{kind}})' },
          ],
          noValue: 'no errors',
          links: ['ApiRouteErrorRatioHigh', 'traces'],
        }),
      ],
    },
    {
      id: 103,
      title: 'What stands in?',
      panels: [
        states({
          id: 15,
          w: 12,
          h: 8,
          title: 'Circuit breakers',
          description:
            'Which dependency is left alone: its calls are refused or answered by a stand-in.',
          unit: 'none',
          queries: [{ expr: `max by (name) (${select(circuitState)})`, legend: '{{name}}' }],
          states: circuitStates,
          alert: 'CircuitBreakerOpen',
        }),
        timeseries({
          id: 16,
          w: 6,
          h: 8,
          title: 'Refused by the rate limit',
          description: 'Share of all requests that were answered 429.',
          unit: 'percentunit',
          queries: [{ expr: ratio(limited, requests), legend: 'refused' }],
          alert: 'RateLimitSurge',
        }),
        timeseries({
          id: 17,
          w: 6,
          h: 8,
          title: 'Answered from the cache',
          description: 'Share of lookups that either tier answered.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          queries: [
            {
              expr: ratio(
                `sum(${rate(cacheRequests, 'result=~"hit|stale|negative"')})`,
                `sum(${rate(cacheRequests, 'result!~"error|bypass"')})`,
              ),
              legend: 'answered',
            },
          ],
          links: ['CacheHitRatioLow'],
        }),
      ],
    },
  ],
});
