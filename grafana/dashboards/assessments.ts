import {
  assessmentConfidence,
  assessmentDuration,
  assessmentInFlight,
  assessmentLanguages,
  assessmentQueueSize,
  assessmentScore,
  assessmentsTotal,
} from '#src/features/assessments/metrics.ts';
import { SMALL_MAX_CHARACTERS } from '#src/features/assessments/submission-size.ts';
import { dashboard } from '../dashboard.ts';
import { heatmap, stat, table, timeseries } from '../panels.ts';
import { appeals, personalData, releasedEngine, uploads } from './assessments-kept.ts';
import {
  bucketOf,
  countOf,
  countRate,
  increaseOverRange,
  orZero,
  quantile,
  quantileOverRange,
  rate,
  ratio,
  select,
  sumBy,
  sumOf,
} from '../queries.ts';

const ended = `sum(${rate(assessmentsTotal)})`;
const failed = `sum(${rate(assessmentsTotal, 'outcome=~"failed|refused"')})`;
const whole = 'stage="total"';
const stages = 'stage!="total"';

function meanOverRange(family: { name: string }): string {
  const sum = sumBy('path', increaseOverRange(sumOf(family)));
  return `${sum} / (${sumBy('path', increaseOverRange(countOf(family)))} > 0)`;
}

/** Whether submissions are assessed, how fast, and what comes out. */
export const assessments = dashboard({
  uid: 'api-assessments',
  title: 'API / Assessments',
  description: 'Throughput and time of the engine, and the distribution of what it finds.',
  sections: [
    {
      id: 100,
      title: 'Throughput',
      panels: [
        stat({
          id: 1,
          w: 4,
          h: 8,
          title: 'Assessments',
          description: 'Assessments that ended a second.',
          unit: 'cps',
          decimals: 2,
          queries: [{ expr: ended, legend: 'Assessments' }],
          links: ['AssessmentFailuresHigh', 'traces'],
        }),
        stat({
          id: 2,
          w: 4,
          h: 8,
          title: 'Failed',
          description: 'Share of assessments that failed or were refused.',
          unit: 'percentunit',
          decimals: 1,
          queries: [{ expr: ratio(orZero(failed, ended), ended), legend: 'Failed' }],
          noValue: 'no assessments',
          alert: 'AssessmentFailuresHigh',
          links: ['traces'],
        }),
        timeseries({
          id: 3,
          w: 8,
          h: 8,
          title: 'Assessments by outcome',
          description:
            'How assessments ended, a second. Cancelled: the client left or the time was over. Refused: there was no room for them.',
          unit: 'cps',
          look: 'stack',
          queries: [{ expr: sumBy('outcome', rate(assessmentsTotal)), legend: '{{outcome}}' }],
          links: ['AssessmentFailuresHigh', 'traces'],
        }),
        timeseries({
          id: 4,
          w: 8,
          h: 8,
          title: 'In work and waiting',
          description: 'Assessments that a thread works on, and those that wait for one.',
          unit: 'short',
          decimals: 0,
          queries: [
            { expr: sumBy('instance', select(assessmentInFlight)), legend: 'in work {{instance}}' },
            {
              expr: sumBy('instance', select(assessmentQueueSize)),
              legend: 'waiting {{instance}}',
            },
          ],
          alert: 'AssessmentQueueBacklog',
        }),
      ],
    },
    {
      id: 101,
      title: 'Time',
      panels: [
        timeseries({
          id: 5,
          w: 12,
          h: 9,
          title: 'Time of an assessment',
          description: `From the request to the stored result, waiting included; large is more than ${SMALL_MAX_CHARACTERS} characters. Dots lead to traces.`,
          unit: 's',
          queries: [
            { expr: quantile(0.5, assessmentDuration, '', whole), legend: 'p50' },
            {
              expr: quantile(0.95, assessmentDuration, 'size_class', whole),
              legend: 'p95 {{size_class}}',
            },
            {
              expr: quantile(0.99, assessmentDuration, '', whole),
              legend: 'p99',
              exemplars: true,
            },
          ],
          noValue: 'no assessments',
          alert: 'AssessmentSlow',
          links: ['slow traces'],
        }),
        timeseries({
          id: 6,
          w: 12,
          h: 9,
          title: 'Mean time by stage',
          description: 'What each stage of the engine adds to an assessment.',
          unit: 's',
          look: 'stack',
          queries: [
            {
              expr: `${sumBy('stage', rate(sumOf(assessmentDuration), stages))} / (${countRate(assessmentDuration, 'stage', stages)} > 0)`,
              legend: '{{stage}}',
            },
          ],
          noValue: 'no assessments',
          links: ['AssessmentSlow', 'traces'],
        }),
      ],
    },
    {
      id: 102,
      title: 'What comes out',
      panels: [
        heatmap({
          id: 7,
          w: 12,
          h: 9,
          title: 'Scores',
          description:
            'How many path scores were in each range, all paths. A sudden shift after a deploy is a change of the rubric or a defect.',
          unit: 'none',
          queries: [{ expr: sumBy('le', rate(bucketOf(assessmentScore))), legend: '{{le}}' }],
          links: ['AssessmentFailuresHigh', 'traces'],
        }),
        heatmap({
          id: 8,
          w: 12,
          h: 9,
          title: 'Confidence',
          description:
            'How sure the engine was of its path scores; 0 is a path without anything to judge.',
          unit: 'none',
          queries: [{ expr: sumBy('le', rate(bucketOf(assessmentConfidence))), legend: '{{le}}' }],
          links: ['AssessmentFailuresHigh', 'traces'],
        }),
        table({
          id: 9,
          w: 12,
          h: 8,
          title: 'Paths',
          description: 'Scores and confidence of each path in the time shown.',
          unit: 'none',
          queries: [
            {
              expr: sumBy('path', increaseOverRange(countOf(assessmentScore))),
              legend: '{{path}}',
            },
            { expr: quantileOverRange(0.5, assessmentScore, 'path'), legend: '{{path}}' },
            { expr: meanOverRange(assessmentScore), legend: '{{path}}' },
            { expr: meanOverRange(assessmentConfidence), legend: '{{path}}' },
          ],
          labels: { path: 'Path' },
          columns: [
            { title: 'Scored', unit: 'short', decimals: 0 },
            { title: 'Median score', unit: 'none', decimals: 0 },
            { title: 'Mean score', unit: 'none', decimals: 1 },
            { title: 'Mean confidence', unit: 'percentunit' },
          ],
          sortBy: 'Scored',
          links: ['AssessmentFailuresHigh'],
        }),
        timeseries({
          id: 10,
          w: 12,
          h: 8,
          title: 'Languages',
          description: 'Completed assessments a second, by the language with the largest share.',
          unit: 'cps',
          look: 'stack',
          queries: [
            {
              expr: `${sumBy('language', rate(assessmentLanguages))} > 0`,
              legend: '{{language}}',
            },
          ],
          noValue: 'no assessments',
          links: ['AssessmentFailuresHigh'],
        }),
      ],
    },
    releasedEngine,
    appeals,
    personalData,
    uploads,
  ],
});
