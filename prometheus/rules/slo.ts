import { bucketOf, countOf } from '#grafana/queries.ts';
import { recorded, sliError } from '#grafana/recorded.ts';
import {
  BURN_MIN_RATE,
  burnRates,
  burnWindows,
  OBJECTIVE_DAYS,
  objectives,
} from '#grafana/thresholds.ts';
import { httpRequestDuration } from '#src/http/request/metrics.ts';
import { alert, record, type RuleFile } from '../rule.ts';

const { availability, latency } = objectives;
const both = [availability, latency];
const BUDGET = 'slo:error_budget:ratio';
const events = (window: string) => `slo:sli_events:rate${window}`;

/** Requests per second. */
function rate({ name }: { name: string }, where: string, window: string): string {
  return `sum(rate(${name}{${where}}[${window}]))`;
}

const requests = (where: string, window: string) =>
  rate(countOf(httpRequestDuration), where, window);

/** Without traffic a ratio is absent, since a NaN would stay in the mean of 30 days for 30 days. */
const whole = (where: string, window: string) => `(${requests(where, window)} > 0)`;

export const slo: RuleFile = {
  name: 'slo',
  about: `Objectives over ${OBJECTIVE_DAYS} days: ${availability.ratio * 100} % of requests are answered without a 5xx; ${latency.ratio * 100} % of the others within ${latency.seconds * 1000} ms.`,
  groups: {
    availability: burnWindows.map((window) =>
      record(
        sliError(window).name,
        `
        (
          ${requests(availability.bad, window)}
          or
          0 * ${requests(availability.counted, window)}
        )
        /
        ${whole(availability.counted, window)}`,
        { slo: availability.slo },
      ),
    ),
    latency: burnWindows.map((window) =>
      record(
        sliError(window).name,
        `
        1 -
          ${rate(bucketOf(httpRequestDuration), `${latency.counted},le="${latency.seconds}"`, window)}
          /
          ${whole(latency.counted, window)}`,
        { slo: latency.slo },
      ),
    ),
    // What the ratios are made of: a handful of requests burns no budget.
    traffic: burnRates.flatMap(({ long }) =>
      both.map((objective) =>
        record(events(long), requests(objective.counted, long), { slo: objective.slo }),
      ),
    ),
    budget: [
      ...both.map((objective) =>
        record(BUDGET, `vector(${objective.budget})`, { slo: objective.slo }),
      ),
      // The mean of the 5-minute ratios: an hour without traffic counts for nothing.
      record(
        recorded.sliError30d.name,
        `
        sum_over_time(${sliError('5m').name}[${OBJECTIVE_DAYS}d])
        /
        count_over_time(${sliError('5m').name}[${OBJECTIVE_DAYS}d])`,
      ),
      // 1 spends the budget in exactly the days of the objective.
      record(recorded.burnRate.name, `${sliError('5m').name} / on (slo) ${BUDGET}`),
      record(
        recorded.budgetRemaining.name,
        `1 - ${recorded.sliError30d.name} / on (slo) ${BUDGET}`,
      ),
    ],
    alerts: burnRates.map(({ factor, long, short, for: hold, severity }) =>
      alert('ApiErrorBudgetBurn', {
        expr: `
          ${sliError(long).name} > on (job, slo) ${factor} * ${BUDGET}
          and on (job, slo)
          ${sliError(short).name} > on (job, slo) ${factor} * ${BUDGET}
          and on (job, slo)
          ${events(long)} > ${BURN_MIN_RATE}`,
        for: hold,
        severity,
        labels: { long_window: long },
        summary: `The error budget of {{ $labels.slo }} burns ${factor} times too fast`,
        // Labels that the rule adds are not in $labels, so the text must name the windows itself.
        description: `
          {{ $value | humanizePercentage }} of the requests of the last ${long} missed the
          objective {{ $labels.slo }}, and it still goes on (last ${short}). At this rate the
          budget of ${OBJECTIVE_DAYS} days is gone within ${Math.round(OBJECTIVE_DAYS / factor)} days.`,
        dashboard: 'slo',
      }),
    ),
  },
};
