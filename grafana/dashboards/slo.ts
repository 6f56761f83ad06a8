import { httpRequestDuration } from '#src/http/request/metrics.ts';
import { dashboard } from '../dashboard.ts';
import { stat, states, table, timeseries } from '../panels.ts';
import { bucketOf, countOf, increaseOverRange, sumBy } from '../queries.ts';
import { recorded, sliError } from '../recorded.ts';
import { alertStates } from '../states.ts';
import { burnSteps, objectiveSteps, remainingSteps } from '../steps.ts';
import { burnRates, burnWindows, OBJECTIVE_DAYS, objectives, promise } from '../thresholds.ts';

const { availability, ...latencies } = objectives;
const { read } = latencies;
const all = Object.values(objectives);

/** Bad requests over each window, as a multiple of what the objective allows. */
function burnByWindow({ slo, budget }: { slo: string; budget: number }) {
  return burnWindows.map((window) => ({
    expr: `${sliError(window).name}{slo="${slo}"} / ${budget}`,
    legend: window,
  }));
}

const burnAlerts = (state: string) =>
  `ALERTS{alertname="ApiErrorBudgetBurn",alertstate="${state}"}`;

const counts = countOf(httpRequestDuration);
const total = `scalar(sum(${increaseOverRange(counts, availability.counted)}))`;
const failures = sumBy('route', increaseOverRange(counts, availability.bad));
const answered = sumBy('route', increaseOverRange(counts, read.counted));
const fastEnough = sumBy(
  'route',
  increaseOverRange(bucketOf(httpRequestDuration), `${read.counted},le="${read.seconds}"`),
);

/** Whether we keep what we promised, and how fast we spend what is left. */
export const slo = dashboard({
  uid: 'api-slo',
  title: 'API / SLO and error budget',
  description: 'Whether the objectives hold, what is left of the budgets, and who spends them.',
  sections: [
    {
      id: 100,
      title: 'Where we stand',
      panels: [
        stat({
          id: 1,
          w: 6,
          h: 5,
          title: 'Objectives',
          description: 'Share of good requests that is promised over 30 days.',
          unit: 'percentunit',
          decimals: 1,
          queries: all.map(({ slo, ratio }) => ({
            expr: `vector(${ratio})`,
            legend: slo,
          })),
          spark: false,
          links: ['ApiErrorBudgetBurn'],
        }),
        stat({
          id: 2,
          w: 5,
          h: 5,
          title: 'Availability, 30 days',
          description: 'Share of requests that did not fail with 5xx. Probes and 429 do not count.',
          unit: 'percentunit',
          decimals: 3,
          queries: [
            {
              expr: `1 - ${recorded.sliError30d.name}{slo="${availability.slo}"}`,
              legend: 'Availability',
            },
          ],
          thresholds: objectiveSteps(availability.ratio),
          links: ['ApiErrorBudgetBurn'],
        }),
        stat({
          id: 3,
          w: 5,
          h: 5,
          title: 'Fast enough, 30 days',
          description: `Share that was soon enough. ${Object.values(latencies).map(promise).join('; ')}.`,
          unit: 'percentunit',
          decimals: 2,
          queries: Object.values(latencies).map(({ slo, title }) => ({
            expr: `1 - ${recorded.sliError30d.name}{slo="${slo}"}`,
            legend: title,
          })),
          thresholds: objectiveSteps(read.ratio),
          links: ['ApiErrorBudgetBurn', 'traces'],
        }),
        stat({
          id: 4,
          w: 8,
          h: 5,
          title: 'Time until the budget is gone',
          description:
            'Minutes that the rest of the budget lasts if errors go on as in the last 5 minutes. Nothing is spent: no value.',
          unit: 'm',
          decimals: 0,
          queries: [
            {
              expr: `clamp_min(${recorded.budgetRemaining.name}, 0) * ${OBJECTIVE_DAYS * 24 * 60} / (${recorded.burnRate.name} > 0)`,
              legend: '{{slo}}',
            },
          ],
          thresholds: [
            { value: null, color: 'red' },
            { value: 60 * 24, color: 'orange' },
            { value: OBJECTIVE_DAYS * 24 * 60, color: 'green' },
          ],
          noValue: 'nothing is spent',
          spark: false,
          links: ['ApiErrorBudgetBurn'],
        }),
      ],
    },
    {
      id: 101,
      title: 'Budget and burn rate',
      panels: [
        timeseries({
          id: 5,
          w: 24,
          h: 8,
          title: 'Error budget left',
          description:
            'Share of the 30-day budget that is not spent. Below the line at zero the objective is missed.',
          unit: 'percentunit',
          queries: [{ expr: recorded.budgetRemaining.name, legend: '{{slo}}' }],
          thresholds: remainingSteps,
          min: -1,
          max: 1,
          links: ['ApiErrorBudgetBurn'],
        }),
        ...all.map((objective, index) =>
          timeseries({
            // The ids of before stay: links lead to them.
            id: index < 2 ? 6 + index : 10 + index,
            w: 12,
            h: 10,
            title: `Burn rate, ${objective.slo}`,
            description: `Errors by window, as a multiple of what the objective allows: at 1 the budget lasts ${OBJECTIVE_DAYS} days. An alert needs a long and a short window above a line: ${burnRates.map(({ factor, long, short }) => `${factor} (${long}, ${short})`).join(', ')}.`,
            unit: 'none',
            decimals: 2,
            linearUpTo: 1,
            queries: burnByWindow(objective),
            thresholds: burnSteps,
            links: ['ApiErrorBudgetBurn'],
          }),
        ),
      ],
    },
    {
      id: 102,
      title: 'Who spends it',
      panels: [
        table({
          id: 8,
          w: 12,
          h: 9,
          title: 'Spent on availability, by route',
          description: `5xx of each route as a share of all requests in the time shown, over the ${availability.budget} that is allowed: 100 % is the whole budget at this pace.`,
          unit: 'percentunit',
          queries: [
            {
              expr: `topk(5, ${failures} / ${total} / ${availability.budget})`,
              legend: '{{route}}',
            },
          ],
          labels: { route: 'Route' },
          columns: [{ title: 'Of the budget', unit: 'percentunit' }],
          sortBy: 'Of the budget',
          noValue: 'nothing is spent',
          links: ['ApiErrorBudgetBurn', 'failed traces'],
        }),
        table({
          id: 9,
          w: 12,
          h: 9,
          title: 'Slow reads, by route',
          description: `Successful reads that took longer than ${read.seconds * 1000} ms in the time shown.`,
          unit: 'short',
          queries: [
            { expr: `topk(5, ${answered} - ${fastEnough})`, legend: '{{route}}' },
            { expr: `1 - ${fastEnough} / (${answered} > 0)`, legend: '{{route}}' },
            { expr: answered, legend: '{{route}}' },
          ],
          labels: { route: 'Route' },
          columns: [
            { title: 'Slow', unit: 'short', decimals: 0 },
            { title: 'Share', unit: 'percentunit' },
            { title: 'Answered', unit: 'short', decimals: 0 },
          ],
          sortBy: 'Slow',
          links: ['ApiErrorBudgetBurn', 'traces'],
        }),
        states({
          id: 10,
          w: 24,
          h: 7,
          title: 'Burn alerts',
          description: 'When an alert on a budget was pending or fired, by its long window.',
          unit: 'none',
          queries: [
            {
              expr: `max by (slo, severity, long_window) (2 * ${burnAlerts('firing')} or ${burnAlerts('pending')})`,
              legend: '{{slo}} {{severity}} {{long_window}}',
            },
          ],
          states: alertStates,
          noValue: 'none in this time',
          links: ['ApiErrorBudgetBurn', 'SloRecordsMissing'],
        }),
      ],
    },
  ],
});
