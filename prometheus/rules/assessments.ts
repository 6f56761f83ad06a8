import { limit } from '#grafana/thresholds.ts';
import { databaseSuspects } from '../suspects.ts';
import { duration, percent, quantity } from '../texts.ts';
import { alert, type RuleFile } from '../rule.ts';

export const assessments: RuleFile = {
  name: 'assessments',
  about: 'What the service is for.',
  groups: {
    alerts: [
      alert('AssessmentFailuresHigh', {
        expr: `
            sum by (job) (rate(assessments_total{outcome=~"failed|refused"}[5m]))
            /
            (sum by (job) (rate(assessments_total[5m])) > 0)
            ${limit('AssessmentFailuresHigh')}
          `,
        for: '10m',
        cause: 'unknown',
        summary: 'Assessments fail',
        description: `
            ${percent} of the assessments of the last 5 minutes
            failed or were refused because there was no room for them.${databaseSuspects}`,
        dashboard: 'assessments',
      }),
      alert('AssessmentQueueBacklog', {
        expr: `assessment_queue_size ${limit('AssessmentQueueBacklog')}`,
        for: '5m',
        cause: 'engine',
        summary: 'Assessments wait in {{ $labels.instance }}',
        description: `
            ${quantity} assessments wait for an engine thread of {{ $labels.instance }};
            from 8 times MAX_CONCURRENT_ASSESSMENTS (32) on they are refused,
            and before that when they are too large to be assessed in time.`,
        dashboard: 'assessments',
      }),
      alert('AssessmentSlow', {
        expr: `histogram_quantile(0.95, sum by (job, le) (rate(assessment_duration_seconds_bucket{stage="total"}[10m]))) ${limit('AssessmentSlow')}`,
        for: '10m',
        cause: 'unknown',
        summary: 'Assessments are slow',
        description: `
            5 % of the assessments of the last 10 minutes took longer than ${duration}, waiting
            and storing included.`,
        dashboard: 'assessments',
      }),
      alert('EngineResultChanged', {
        expr: `engine_golden_changed ${limit('EngineResultChanged')}`,
        cause: 'engine',
        summary: 'The engine of {{ $labels.instance }} is not the one that was released',
        description: `
            ${quantity} golden submissions get another result from {{ $labels.instance }} than
            the one that was released with it; its rubric, grammars or runtime are not the
            tested ones, and candidates are judged by them.`,
        dashboard: 'assessments',
      }),
      // Of all instances, since a new version comes on new ones.
      alert('EngineScoreDrift', {
        expr: `
            abs(
              avg by (job, submission, path) (engine_golden_score)
              -
              avg by (job, submission, path) (engine_golden_score offset 1d)
            ) ${limit('EngineScoreDrift')}
          `,
        for: '15m',
        cause: 'engine',
        summary: 'Scores have moved since yesterday',
        description: `
            The golden submission {{ $labels.submission }} has {{ $value | printf "%.1f" }} points more or
            less on {{ $labels.path }} than a day ago: what was judged before and after is not
            comparable, and trends bend.`,
        dashboard: 'assessments',
      }),
      alert('UnscoredPathsRising', {
        expr: `
            (
              1 -
              sum by (job, path) (increase(assessment_score_count[1h]))
              /
              (sum by (job, path) (increase(assessment_confidence_ratio_count[1h])) > 20)
            )
            -
            (
              1 -
              sum by (job, path) (increase(assessment_score_count[1d] offset 1h))
              /
              (sum by (job, path) (increase(assessment_confidence_ratio_count[1d] offset 1h)) > 20)
            ) ${limit('UnscoredPathsRising')}
          `,
        for: '30m',
        cause: 'engine',
        summary: 'More submissions than usual get no score on {{ $labels.path }}',
        description: `
            The share of submissions without a score on {{ $labels.path }} is ${percent}
            higher in the last hour than in the day before.`,
        dashboard: 'assessments',
      }),
      // Five decisions, as far as `increase()` is exact; one reader more or less must not tell of a rule.
      alert('AppealsUpheldHigh', {
        expr: `
            sum by (job, rule) (increase(assessment_appeals_total{outcome="upheld"}[7d]))
            /
            (sum by (job, rule) (increase(assessment_appeals_total{outcome=~"upheld|rejected"}[7d])) > 4.5)
            ${limit('AppealsUpheldHigh')}
          `,
        for: '1h',
        cause: 'engine',
        summary: 'People overturn what {{ $labels.rule }} finds',
        description: `
            ${percent} of the appeals about {{ $labels.rule }} that were decided in 7 days
            were upheld: the rule finds what is not there, and costs points where nobody appeals.`,
        dashboard: 'assessments',
      }),
      // Each run takes its own share; what two of them left has a reason. All instances look at all persons.
      alert('CandidateRetentionOverdue', {
        expr: `max by (job) (candidates_retention_overdue) ${limit('CandidateRetentionOverdue')}`,
        for: '2h',
        cause: 'privacy',
        summary: 'Personal data is kept longer than allowed',
        description: `
            For 2 hours there were persons whose CANDIDATE_RETENTION_DAYS are over and who are
            not erased: ${quantity} now.`,
        dashboard: 'assessments',
      }),
      // What is refused or cut off is the client's; a disk that is full fails all of them.
      alert('UploadsFailing', {
        expr: `
            sum by (job) (rate(uploads_total{outcome="failed"}[10m]))
            /
            (sum by (job) (rate(uploads_total[10m])) > 0)
            ${limit('UploadsFailing')}
          `,
        for: '10m',
        cause: 'unknown',
        summary: 'Uploads fail',
        description: `
            ${percent} of the uploads of the last 10 minutes failed by a fault of ours:
            the disk of the data folder, or the database.`,
        dashboard: 'assessments',
      }),
    ],
  },
};
