import { appealsTotal } from '#src/features/appeals/metrics.ts';
import {
  assessmentConfidence,
  assessmentScore,
  engineGoldenChanged,
  engineGoldenChecks,
  engineGoldenScore,
} from '#src/features/assessments/metrics.ts';
import { candidatesErased, candidatesRetentionOverdue } from '#src/features/candidates/metrics.ts';
import { uploadBytes, uploadsStoredBytes, uploadsTotal } from '#src/features/files/metrics.ts';
import type { Section } from '../dashboard.ts';
import { stat, table, timeseries } from '../panels.ts';
import { countRate, increaseOverRange, rate, ratio, select, sumBy } from '../queries.ts';

/** Whether results are those that the release was tested with. */
export const releasedEngine: Section = {
  id: 105,
  title: 'Is it the engine that was released',
  panels: [
    stat({
      id: 16,
      w: 4,
      h: 8,
      title: 'Changed results',
      description:
        'Golden submissions whose result is not, to the byte, the one that was released, in the instance that has most of them. Each instance judges them again every ENGINE_CHECK_INTERVAL.',
      unit: 'short',
      decimals: 0,
      queries: [{ expr: `max(${select(engineGoldenChanged)})`, legend: 'Changed' }],
      noValue: 'not checked yet',
      alert: 'EngineResultChanged',
    }),
    timeseries({
      id: 17,
      w: 6,
      h: 8,
      title: 'Golden submissions judged',
      description:
        'What came of them, a second. Skipped: somebody waited for the engine. Failed: no result.',
      unit: 'cps',
      look: 'stack',
      queries: [{ expr: sumBy('outcome', rate(engineGoldenChecks)), legend: '{{outcome}}' }],
      links: ['EngineResultChanged'],
    }),
    timeseries({
      id: 18,
      w: 7,
      h: 8,
      title: 'Golden scores',
      description:
        'Mean score of the golden submissions on each path. It is a straight line within one version.',
      unit: 'none',
      queries: [
        {
          expr: `avg by (path) (${select(engineGoldenScore)})`,
          legend: '{{path}}',
        },
      ],
      noValue: 'not checked yet',
      alert: 'EngineScoreDrift',
    }),
    timeseries({
      id: 19,
      w: 7,
      h: 8,
      title: 'Without a score',
      description: 'Share of the evaluated submissions that got no score on a path.',
      unit: 'percentunit',
      queries: [
        {
          expr: `1 - ${countRate(assessmentScore, 'path')} / (${countRate(assessmentConfidence, 'path')} > 0)`,
          legend: '{{path}}',
        },
      ],
      noValue: 'no assessments',
      alert: 'UnscoredPathsRising',
    }),
  ],
};

const ofRules = (outcome: string) => sumBy('rule', increaseOverRange(appealsTotal, outcome));

/** Whether people agree with the evidence. */
export const appeals: Section = {
  id: 106,
  title: 'Appeals',
  panels: [
    stat({
      id: 20,
      w: 12,
      h: 8,
      title: 'Overturn rate by rule',
      description:
        'Share of the decisions in the time shown in which an appeal was upheld: what the rule had found did not hold. The five rules with the highest; the alert is about 7 days.',
      unit: 'percentunit',
      decimals: 0,
      queries: [
        {
          expr: `topk(5, ${ratio(ofRules('outcome="upheld"'), ofRules('outcome=~"upheld|rejected"'))})`,
          legend: '{{rule}}',
          instant: true,
        },
      ],
      spark: false,
      noValue: 'no decisions',
      alert: 'AppealsUpheldHigh',
    }),
    table({
      id: 21,
      w: 12,
      h: 8,
      title: 'Appeals by rule',
      description:
        'In the time shown. Filed more often than decided: they wait for a second person.',
      unit: 'short',
      queries: [
        { expr: ofRules('outcome="filed"'), legend: '{{rule}}' },
        { expr: ofRules('outcome="upheld"'), legend: '{{rule}}' },
        { expr: ofRules('outcome="rejected"'), legend: '{{rule}}' },
      ],
      labels: { rule: 'Rule' },
      columns: [
        { title: 'Filed', unit: 'short', decimals: 0 },
        { title: 'Upheld', unit: 'short', decimals: 0 },
        { title: 'Rejected', unit: 'short', decimals: 0 },
      ],
      sortBy: 'Filed',
      links: ['AppealsUpheldHigh'],
    }),
  ],
};

/** Persons whose time is over. */
export const personalData: Section = {
  id: 103,
  title: 'Personal data',
  panels: [
    timeseries({
      id: 11,
      w: 12,
      h: 8,
      title: 'Kept too long',
      description:
        'Persons that the last hourly run of an instance found to be over their time, and that are not erased yet.',
      unit: 'short',
      decimals: 0,
      queries: [
        { expr: sumBy('instance', select(candidatesRetentionOverdue)), legend: '{{instance}}' },
      ],
      alert: 'CandidateRetentionOverdue',
    }),
    timeseries({
      id: 12,
      w: 12,
      h: 8,
      title: 'Persons erased',
      description:
        'Erasures a second: by request, and because CANDIDATE_RETENTION_DAYS were over. Each has a receipt in candidate_tombstones.',
      unit: 'cps',
      look: 'stack',
      queries: [{ expr: sumBy('reason', rate(candidatesErased)), legend: '{{reason}}' }],
      links: ['CandidateRetentionOverdue'],
    }),
  ],
};

/** What came of files, and how much there is. */
export const uploads: Section = {
  id: 104,
  title: 'Uploads',
  panels: [
    timeseries({
      id: 13,
      w: 8,
      h: 8,
      title: 'Uploads by outcome',
      description:
        'How uploads ended, a second. Refused: by their kind, size or names. Aborted: the client left, or the body was cut. Failed: the fault is ours.',
      unit: 'cps',
      look: 'stack',
      queries: [{ expr: sumBy('outcome', rate(uploadsTotal)), legend: '{{outcome}}' }],
      alert: 'UploadsFailing',
      links: ['traces'],
    }),
    timeseries({
      id: 14,
      w: 8,
      h: 8,
      title: 'Bytes received',
      description: 'Bytes of uploaded files a second, whatever became of them.',
      unit: 'bytes',
      queries: [{ expr: sumBy('instance', rate(uploadBytes)), legend: '{{instance}}' }],
      links: ['UploadsFailing'],
    }),
    timeseries({
      id: 15,
      w: 8,
      h: 8,
      title: 'Bytes stored',
      description:
        'Bytes of all uploaded files as of the last hour, equal contents counted once. Each account holds at most UPLOAD_QUOTA_BYTES, for UPLOAD_RETENTION_DAYS after the last use.',
      unit: 'bytes',
      queries: [{ expr: `max(${select(uploadsStoredBytes)})`, legend: 'stored' }],
      links: ['UploadsFailing'],
    }),
  ],
};
