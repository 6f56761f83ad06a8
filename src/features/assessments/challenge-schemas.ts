import { z } from 'zod';
import { pathNames } from '../../engine/contract.ts';
import { nullableScore } from '../../engine/result-schema.ts';
import { pageQuery, pageSchema } from '../../http/routing/schemas.ts';
import { candidateId, sameInputMeaning } from '../candidates/candidate-schemas.ts';
import { challengeQuery, labelQuery } from './cohort-schemas.ts';

/** Candidates that a query names: its line must stay below 16 KiB. */
const MOST_EXPECTED = 100;
/** Of those who are missing that are named. */
export const MOST_NAMED = 200;

export const challengeParams = z.object({ name: challengeQuery });

const candidateList = z
  .string()
  .transform((text) => [...new Set(text.split(','))])
  .pipe(z.array(candidateId).max(MOST_EXPECTED))
  .describe(
    `Candidates of whom a submission is expected, with commas between them; at most ${MOST_EXPECTED}`,
  );

export const challengeStatsQuery = pageQuery.extend({
  label: labelQuery.optional().describe('Only submissions with this label'),
  attempt: z
    .enum(['latest', 'best'])
    .default('latest')
    .describe('Which submission of each candidate counts.'),
  expected: candidateList.optional(),
  expected_label: labelQuery
    .optional()
    .describe('Everybody with a submission of this label, to whatever challenge, is expected'),
});
export type ChallengeStatsQuery = z.output<typeof challengeStatsQuery>;

const summaryScore = nullableScore.describe('Null where there is none');

const distribution = z
  .object({
    scored: z.int().describe('Submissions with a score; the other numbers are of them'),
    unscored: z.int().describe('Submissions without'),
    mean: nullableScore.describe('Arithmetic mean'),
    median: nullableScore.describe('Half of the scores lie below'),
    p10: nullableScore.describe('10 % of the scores lie below'),
    p90: nullableScore.describe('90 % of the scores lie below'),
    standard_deviation: z
      .number()
      .nullable()
      .describe('Of the sample (n - 1); null below two scores'),
    histogram: z
      .array(z.int())
      .length(10)
      .describe(
        'Scores from 0 to below 10, from 10 to below 20, and so on; the last one up to 100',
      ),
  })
  .meta({ id: 'ScoreDistribution', description: 'How scores are distributed.' });

const rankedSchema = z
  .object({
    rank: z
      .int()
      .nullable()
      .describe(
        'By the overall score; equals share one, and the next is left out. Null without a score',
      ),
    candidate_id: candidateId,
    display_name: z.string().nullable().describe('Name of the candidate; null when none was given'),
    assessment_id: z.string().describe('The submission that counts'),
    timestamp: z.iso.datetime().describe('When it was judged'),
    overall_score: summaryScore,
    path_scores: z.partialRecord(z.enum(pathNames), nullableScore).describe('Score by path'),
    rubric_version: z.string().nullable().describe('Rubric that it was judged by'),
    submissions: z
      .int()
      .describe('Of this candidate, to this challenge; one that was judged again is one'),
    input_sha256: z.string().describe('Equal for equal submissions under equal versions'),
    same_input: z
      .int()
      .optional()
      .describe(`${sameInputMeaning('this challenge')}. No score depends on it`),
  })
  .meta({ id: 'RankedSubmission', description: 'A candidate in the order of a challenge.' });

export const challengeStatsSchema = z
  .object({
    challenge: z.string().describe('Name of the task'),
    submissions: z.int().describe('All of them, of everybody'),
    candidates: z.int().describe('Who has submitted; one submission of each counts below'),
    distribution: distribution.describe('Of the overall scores'),
    paths: z.partialRecord(z.enum(pathNames), distribution).describe('By path'),
    judged_by: z
      .array(
        z.object({
          rubric_version: z.string().nullable().describe('Rubric that they were judged by'),
          engine_major: z.int().nullable().describe('Major of the engine that judged them'),
          candidates: z.int().describe('Those whose submission counts below'),
        }),
      )
      .describe(
        'What the submissions were judged by, most first: with more than one, ranks compare what is not comparable, until the challenge is judged again',
      ),
    ranking: pageSchema(rankedSchema, 'RankingPage').describe('Best first'),
    missing: z
      .object({
        expected: z.int().describe('Candidates that were expected'),
        count: z.int().describe('Those of them who have submitted nothing to this challenge'),
        candidates: z
          .array(
            z.object({
              candidate_id: candidateId,
              display_name: z.string().nullable().describe('Null when none was given'),
            }),
          )
          .describe(`In order of their ids, at most ${MOST_NAMED}`),
      })
      .nullable()
      .describe('Null unless `expected` or `expected_label` says of whom a submission is expected'),
  })
  .meta({ id: 'ChallengeStats', description: 'What came in for a task. Scores are 0 to 100.' });

export type ChallengeStats = z.output<typeof challengeStatsSchema>;
export type Ranked = z.output<typeof rankedSchema>;
