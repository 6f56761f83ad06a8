import { bucketOf, countOf } from '#grafana/queries.ts';
import { recorded, sliError } from '#grafana/recorded.ts';
import {
  BURN_MIN_ERRORS,
  burnRates,
  burnWindows,
  LATENCY_SLO,
  OBJECTIVE_DAYS,
  objectives,
  promise,
  SUDDEN,
} from '#grafana/thresholds.ts';
import { assessmentDuration } from '#src/features/assessments/metrics.ts';
import { httpRequestDuration } from '#src/http/request/metrics.ts';
import { panelOfFailures, panelOfLatency } from '../dashboard-links.ts';
import { suspects, worstRoute } from '../suspects.ts';
import { listed, percent } from '../texts.ts';
import { alert, record, type Rule, type RuleFile } from '../rule.ts';

const { availability, ...latencies } = objectives;
const { read, submitSmall, submitLarge } = latencies;
const BUDGET = 'slo:error_budget:ratio';
const events = (window: string) => `slo:sli_events:increase${window}`;
const errors = (window: string) => `slo:sli_errors:increase${window}`;

type Over = 'rate' | 'increase';

/** Requests, or bad ones, of an objective: per second or in number. */
interface Sli {
  slo: string;
  budget: number;
  total: (of: Over, window: string) => string;
  bad: (of: Over, window: string) => string;
}

function sum(of: Over, { name }: { name: string }, where: string, window: string): string {
  return `sum(${of}(${name}{${where}}[${window}]))`;
}

const counted: Sli['total'] = (of, window) =>
  sum(of, countOf(httpRequestDuration), availability.counted, window);

const answered: Sli = {
  slo: availability.slo,
  budget: availability.budget,
  total: counted,
  // Before the first 5xx there is no series of one, and nothing is wrong.
  bad: (of, window) =>
    `(${sum(of, countOf(httpRequestDuration), availability.bad, window)} or 0 * ${counted(of, window)})`,
};

function soonEnough(
  family: { name: string },
  objective: { slo: string; budget: number; counted: string; seconds: number },
): Sli {
  const { slo, budget, counted: where, seconds } = objective;
  const total: Sli['total'] = (of, window) => sum(of, countOf(family), where, window);
  return {
    slo,
    budget,
    total,
    bad: (of, window) =>
      `(${total(of, window)} - ${sum(of, bucketOf(family), `${where},le="${seconds}"`, window)})`,
  };
}

const slis = [
  answered,
  soonEnough(httpRequestDuration, read),
  soonEnough(assessmentDuration, submitSmall),
  soonEnough(assessmentDuration, submitLarge),
];

const recent = [...new Set(burnRates.map((burn) => burn.recent))];
const ratioWindows = [...new Set([...recent, ...burnWindows])];

/** Without traffic a ratio is absent, since a NaN would stay in the mean of 30 days for 30 days. */
const ratio = ({ slo, total, bad }: Sli, window: string): Rule =>
  record(
    sliError(window).name,
    `
        ${bad('rate', window)}
        /
        (${total('rate', window)} > 0)`,
    { slo },
  );
const ratios = (sli: Sli): Rule[] => ratioWindows.map((window) => ratio(sli, window));

/** In the group of the alerts, whose evaluation would otherwise see them late by up to an interval. */
const justNow = (sli: Sli): Rule[] => [
  ratio(sli, SUDDEN),
  record(events(SUDDEN), sli.total('increase', SUDDEN), { slo: sli.slo }),
];

/** What the ratios are made of, where a decision needs the number. */
const counts = ({ slo, total, bad }: Sli): Rule[] => [
  ...burnRates.map(({ long }) => record(errors(long), bad('increase', long), { slo })),
  ...recent.map((window) => record(events(window), total('increase', window), { slo })),
];

/** In how many of the recent requests as many errors as before must show, if it went on: of fewer there may be none by chance. */
const EXPECTED_ERRORS = 5;

type Burn = (typeof burnRates)[number];

/** Good in the latest `window` although errors were to be expected in it. */
function over(short: string, window: string, tooMany: string): string {
  return `${sliError(window).name} <= ${tooMany}
      and on (job, slo)
      ${sliError(short).name} * on (job, slo) ${events(window)} > ${EXPECTED_ERRORS}`;
}

/**
 * A budget that is spent too fast: much of it, by more than a handful of requests, and until now. Pages
 * end with the first good moment after steady failure; where errors come in bursts, a pause is no end.
 * The two endings overlap: the second knows before the first has forgotten.
 */
function burning({ factor, long, short, recent: last, severity }: Burn, which: string): string {
  const tooMany = `on (job, slo) ${factor} * ${BUDGET}`;
  const suddenly = `
    unless on (job, slo) (
      ${over(short, SUDDEN, tooMany)}
      and on (job, slo)
      min_over_time(${sliError(SUDDEN).name}[1m] offset 2m) > ${tooMany}
    )`;
  return `
    ${sliError(long).name}{${which}} > ${tooMany}
    and on (job, slo)
    ${sliError(short).name} > ${tooMany}
    and on (job, slo)
    ${errors(long)} > ${BURN_MIN_ERRORS}
    unless on (job, slo) (
      ${over(short, last, tooMany)}
    )${severity === 'critical' ? suddenly : ''}`;
}

/** What a page is about. */
interface Trouble {
  slo: string;
  /** What a request missed. */
  missed: string;
  burns: (burn: Burn) => string;
  /** Which of its objectives are missed; begins with a blank, or is empty. */
  which: (burn: Burn) => string;
  panel: (burn: Burn) => string;
}

const unanswered: Trouble = {
  slo: availability.slo,
  missed: `the objective ${availability.slo}`,
  burns: (burn) => burning(burn, `slo="${availability.slo}"`),
  which: () => '',
  panel: () => panelOfFailures,
};

const LATENCY = `slo=~"${LATENCY_SLO}-.*"`;

/**
 * One page for all who wait: where everything is slow, which of them misses its objective first depends
 * on the traffic, and the others follow within minutes.
 */
const late: Trouble = {
  slo: LATENCY_SLO,
  missed: `an objective of ${LATENCY_SLO}`,
  burns: (burn) => `max by (job) (${burning(burn, LATENCY)})`,
  which: ({ factor, short }) =>
    listed(
      `topk(3, ${sliError(short).name}{${LATENCY}} > on (job, slo) ${factor} * ${BUDGET})`,
      'Objectives missed: ',
      'slo',
    ),
  panel: ({ factor, short }) =>
    panelOfLatency(
      `${sliError(short).name}{slo="${read.slo}"} > ${Number((factor * read.budget).toFixed(6))}`,
    ),
};

const troubles = [unanswered, late];

export const slo: RuleFile = {
  name: 'slo',
  about: `Objectives over ${OBJECTIVE_DAYS} days: ${availability.ratio * 100} % of requests are answered without a 5xx; ${Object.values(latencies).map(promise).join('; ')}.`,
  groups: {
    availability: ratios(answered),
    latency: slis.filter((sli) => sli !== answered).flatMap(ratios),
    numbers: slis.flatMap(counts),
    budget: [
      ...slis.map(({ slo: name, budget }) => record(BUDGET, `vector(${budget})`, { slo: name })),
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
    alerts: [
      ...slis.flatMap(justNow),
      ...troubles.map(({ slo: name, burns }) =>
        alert('IncidentOpen', {
          expr: burns(burnRates[0]),
          labels: { slo: name },
          // As the slower burn does, which it explains.
          keepFiringFor: '30m',
          cause: 'objective',
          summary: `The fast burn of ${name} explains other alerts`,
          description: `
          Since a page tells of ${name}, its slower burns and the tickets about the same
          trouble are held back, for 30 minutes after it, too.`,
          dashboard: 'slo',
        }),
      ),
      ...troubles.flatMap(({ slo: name, missed, burns, which, panel }) =>
        burnRates.map((burn) =>
          alert('ApiErrorBudgetBurn', {
            expr: burns(burn),
            for: burn.for,
            severity: burn.severity,
            labels: { slo: name, long_window: burn.long },
            cause: 'unknown',
            summary: `The error budget of ${name} burns ${burn.factor === 1 ? '' : `more than ${burn.factor} times `}too fast`,
            // Labels that the rule adds are not in $labels, so the text must name the windows itself.
            description: `
          ${percent} of the requests of the last ${burn.long} missed ${missed}, and so did too many
          of the last ${burn.short}: more than ${burn.factor === 1 ? '' : `${burn.factor} times what `}it allows.
          At such a rate the budget of ${OBJECTIVE_DAYS} days lasts less than
          ${Number((OBJECTIVE_DAYS / burn.factor).toFixed(1))} days.${which(burn)}${suspects}${worstRoute}`,
            dashboard: 'slo',
            panel: panel(burn),
          }),
        ),
      ),
    ],
  },
};
