import { httpRequestDuration } from '#src/http/request/metrics.ts';
import { appReady } from '#src/resilience/health/metrics.ts';
import { stat } from '../panels.ts';
import { countRate, orZero, quantile, ratio, select } from '../queries.ts';
import { recorded, scrape } from '../recorded.ts';
import { burnSteps, latencySteps, objectiveSteps, remainingSteps } from '../steps.ts';
import { objectives, promise } from '../thresholds.ts';

const requests = countRate(httpRequestDuration);
const failures = orZero(countRate(httpRequestDuration, '', 'status_code=~"5.."'), requests);
const { availability, ...latencies } = objectives;
const soonEnough = Object.values(latencies);
const met = (slo: string) => `1 - ${recorded.sliError30d.name}{slo="${slo}"}`;

/** How it stands at this minute, and what of the objectives is kept. */
export const stateSections = [
  {
    id: 100,
    title: 'Is it broken now?',
    panels: [
      stat({
        id: 5,
        w: 4,
        h: 5,
        title: 'Errors',
        description: 'Share of requests answered with 5xx.',
        unit: 'percentunit',
        decimals: 2,
        queries: [{ expr: ratio(failures, requests), legend: 'Errors' }],
        noValue: 'no traffic',
        alert: 'ApiRouteErrorRatioHigh',
        links: ['traces'],
      }),
      stat({
        id: 18,
        w: 4,
        h: 5,
        title: 'Latency (p99)',
        description: 'All but one of a hundred requests are answered sooner than this.',
        unit: 's',
        queries: [{ expr: quantile(0.99, httpRequestDuration), legend: 'p99' }],
        noValue: 'no traffic',
        thresholds: latencySteps,
        links: ['ApiErrorBudgetBurn', 'slow traces'],
      }),
      stat({
        id: 19,
        w: 4,
        h: 5,
        title: 'Budget burn',
        description:
          'How many times faster than allowed the budget of an objective is spent, in the last 5 minutes; the worst one.',
        unit: 'none',
        decimals: 1,
        queries: [{ expr: `max(${recorded.burnRate.name})`, legend: 'burn' }],
        noValue: 'no traffic',
        thresholds: burnSteps,
        links: ['ApiErrorBudgetBurn'],
      }),
      stat({
        id: 4,
        w: 4,
        h: 5,
        title: 'Requests',
        description: 'Requests answered a second, all routes.',
        unit: 'reqps',
        decimals: 1,
        queries: [{ expr: requests, legend: 'Requests' }],
        links: ['ApiTargetMissing', 'traces'],
      }),
      stat({
        id: 6,
        w: 4,
        h: 5,
        title: 'Instances',
        description: 'Instances that Prometheus reaches, of those it knows.',
        unit: 'none',
        queries: [
          { expr: `sum(${scrape.up.name}{job=~"$job"})`, legend: 'up' },
          { expr: `count(${scrape.up.name}{job=~"$job"})`, legend: 'known' },
        ],
        spark: false,
        alert: 'ApiInstanceDown',
        links: ['ApiAllInstancesDown', 'ApiTargetMissing'],
      }),
      stat({
        id: 7,
        w: 4,
        h: 5,
        title: 'Readiness',
        description: 'Whether every instance takes traffic.',
        unit: 'none',
        queries: [{ expr: `min(${select(appReady)})`, legend: 'Ready' }],
        mappings: [
          {
            type: 'value',
            options: {
              '0': { text: 'not ready', index: 0 },
              '1': { text: 'ready', index: 1 },
            },
          },
        ],
        spark: false,
        alert: 'ApiNotReady',
      }),
    ],
  },
  {
    id: 104,
    title: 'The last 30 days',
    panels: [
      stat({
        id: 1,
        w: 8,
        h: 5,
        title: 'Availability, 30 days',
        description: `Share of requests that did not fail with 5xx. The objective is ${availability.ratio * 100} %.`,
        unit: 'percentunit',
        decimals: 3,
        queries: [{ expr: met(availability.slo), legend: 'Availability' }],
        thresholds: objectiveSteps(availability.ratio),
        links: ['ApiErrorBudgetBurn'],
      }),
      stat({
        id: 2,
        w: 8,
        h: 5,
        title: 'Fast enough, 30 days',
        description: `Share that was soon enough. ${soonEnough.map(promise).join('; ')}.`,
        unit: 'percentunit',
        decimals: 2,
        queries: soonEnough.map(({ slo, title }) => ({ expr: met(slo), legend: title })),
        thresholds: objectiveSteps(latencies.read.ratio),
        links: ['ApiErrorBudgetBurn', 'traces'],
      }),
      stat({
        id: 3,
        w: 8,
        h: 5,
        title: 'Error budget left',
        description:
          'Share of the 30-day budget that is not spent; below zero the objective is missed.',
        unit: 'percentunit',
        decimals: 0,
        queries: [{ expr: recorded.budgetRemaining.name, legend: '{{slo}}' }],
        thresholds: remainingSteps,
        spark: false,
        links: ['ApiErrorBudgetBurn'],
      }),
    ],
  },
];
