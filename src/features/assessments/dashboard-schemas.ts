import { z } from 'zod';
import { lettersSchema } from '../rubrics/rubric-schemas.ts';
import { letters as letterNames } from './letter.ts';
import { pathNames } from '../../engine/contract.ts';
import { nullableScore } from '../../engine/result-schema.ts';
import { candidateId, storedWeights } from '../candidates/candidate-schemas.ts';
import { assessmentId } from './assessment-schemas.ts';
import { storedChallenge, storedLabels } from './cohort-schemas.ts';

export const dashboardQuery = z.strictObject({
  include_history: z
    .stringbool({ error: 'must be true or false' })
    .default(false)
    .describe('`true` adds the trend and the history'),
});

const letters = z.enum(letterNames);
const letter = letters.nullable();

const path = z.enum(pathNames).describe('Path of the assessment');
const dashboardScore = nullableScore.describe('Null where there is none');
const trendPoint = z.object({
  assessment_id: assessmentId,
  timestamp: z.iso.datetime().describe('When it was judged'),
  overall_score: dashboardScore.describe('Null where there is none, or other weights made it'),
  comparable: z.boolean().describe('Whether the overall score was made by the weights of this one'),
  paths: z.record(z.string(), nullableScore).describe('Score by path'),
});

const finding = z
  .object({
    finding_id: z
      .string()
      .describe(
        '`id` of its (first) item of evidence in the result of `since`: it stays while the finding does, over the versions',
      ),
    rule: z.string().describe('Rule of the rubric that it fell under'),
    description: z.string().describe('The finding in a sentence, of the newest version with it'),
    file: z.string().nullable().describe('Where; null where it is about the whole'),
    start_line: z.int().nullable().describe('First line, from 1'),
    criteria: z.array(z.string()).describe('Criteria that tell of it: `path/criterion`'),
    since: assessmentId.describe('The first of the compared versions that shows it'),
  })
  .meta({ id: 'Finding', description: 'What costs points, or has not earned them.' });

const findings = (what: string) =>
  z
    .object({
      count: z.int().describe('How many there are'),
      items: z.array(finding).describe('The weightiest, at most 100'),
    })
    .describe(what);

const history = z
  .object({
    compared_with: assessmentId
      .nullable()
      .describe('The version before: of the same challenge, scored by the same ruler; null: none'),
    changes: z
      .array(
        z.object({
          path,
          from: z.number().describe('Score of the version before'),
          to: z.number().describe('Score of this one'),
          delta: z.number().describe('Points between them'),
          significant: z
            .boolean()
            .describe(
              'Their ranges are apart, or they differ by more than chance would make of them',
            ),
        }),
      )
      .describe('Paths that both have a score for'),
    findings: z
      .object({
        fixed: findings('Of the version before, and not of this one'),
        persisting: findings('Of both'),
        new: findings('Of this version, and not of the one before'),
      })
      .nullable()
      .describe('Null without a version before, or where explanations were left out of one'),
  })
  .meta({ id: 'AssessmentHistory', description: 'An assessment beside the version before.' });

export const dashboardSchema = z
  .object({
    assessment_id: assessmentId,
    candidate_id: candidateId,
    challenge: storedChallenge,
    labels: storedLabels,
    weights: storedWeights,
    rubric_version: z.string().describe('Rubric that it was judged by'),
    engine_version: z.string().describe('Engine that judged'),
    timestamp: z.iso.datetime().describe('When it was judged'),
    overall_score: dashboardScore,
    human_score: nullableScore.describe('Without what appeals upheld; null while none is'),
    grade: letter.describe('Of the overall score, by `letters`; null where there is none'),
    grade_reason: z
      .string()
      .nullable()
      .describe(
        'Why there is none: fewer than three paths have a score (or not all, of one or two), or the confidence is too low; null where there is one',
      ),
    grade_range: z
      .tuple([letters, letters])
      .nullable()
      .describe(
        'What the letter may as well be: those one standard deviation below and above the score; null where that is not known',
      ),
    letters: lettersSchema,
    confidence: z.number().describe('0 to 1'),
    radar: z.array(z.object({ path, score: dashboardScore })).describe('One axis a path'),
    paths: z
      .array(
        z.object({
          path,
          score: dashboardScore,
          status: z.enum(['scored', 'insufficient_evidence']).describe('Whether there is a score'),
          reason: z.string().nullable().describe('Why there is none; null where there is one'),
          confidence: z.number().describe('0 to 1'),
          interval: z
            .tuple([z.number(), z.number()])
            .nullable()
            .describe('5 to 95 % range of the score, low and high'),
          metrics: z
            .array(
              z.object({
                name: z.string().describe('Name of the criterion'),
                score: dashboardScore,
                weight: z.number().describe('Share in the score of the path'),
              }),
            )
            .describe('The criteria of the path'),
        }),
      )
      .describe('Each path in detail'),
    motives: z
      .array(
        z.object({
          motive_type: z.string().describe('What the author seems to be moved by'),
          strength: z.number().describe('0 to 1'),
        }),
      )
      .describe('Micro-motives that the work shows'),
    trend: z
      .array(trendPoint)
      .nullable()
      .describe(
        'The candidate’s newest assessments that were scored by the same ruler, oldest first; null without `include_history`',
      ),
    history: history.nullable().describe('Null without `include_history`'),
  })
  .meta({ id: 'AssessmentDashboard', description: 'A result in the shape of charts.' });
