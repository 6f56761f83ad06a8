import { z } from 'zod';
import { pathNames } from '../../engine/contract.ts';
import { nullableScore, score } from '../../engine/result-schema.ts';
import { letterBoundsSchema } from '../../engine/rubric.ts';
import { letters } from '../assessments/letter.ts';
import { canaryStanding, lettersSchema, rubricVersion } from '../rubrics/rubric-schemas.ts';
import { DEFAULT_ASSESSMENTS, MOST_ASSESSMENTS } from './canary.ts';

export const canaryInput = z
  .strictObject({
    candidates: z
      .int()
      .min(1)
      .max(MOST_ASSESSMENTS)
      .default(DEFAULT_ASSESSMENTS)
      .describe('Newest submission of so many candidates.'),
  })
  .meta({ id: 'CanaryInput', description: 'What a draft is tried on.' });

export const acceptedCanarySchema = z
  .object({
    rubric_version: rubricVersion,
    canary: canaryStanding,
    status_url: z.string().describe('Path to ask at how it stands, and what it found'),
  })
  .meta({ id: 'AcceptedCanary', description: 'Work that was taken on, and is not lost any more.' });

const distribution = z.object({
  scored: z.int().describe('Those with a score; the other numbers are of them'),
  mean: nullableScore.describe('Arithmetic mean'),
  p10: nullableScore.describe('10 % of the scores lie below'),
  median: nullableScore.describe('Half of the scores lie below'),
  p90: nullableScore.describe('90 % of the scores lie below'),
});

const letter = z.enum(letters).nullable();
const letterCounts = z.array(
  z.object({
    letter: letter.describe('Null: none'),
    count: z.int().describe('Candidates with it'),
  }),
);

const who = {
  assessment_id: z.string().describe('Their newest submission, as it was judged last'),
  candidate_id: z.string().describe('Whose it is'),
  display_name: z.string().nullable().describe('Null where none was given'),
};

const points = z.number();

const mover = z
  .object({
    ...who,
    score: z
      .object({
        from: score.describe('By the rubric of now'),
        to: score.describe('Under the draft'),
        delta: points.describe('Points between them'),
      })
      .describe('Overall score'),
    rank: z
      .object({ from: z.int().describe('From 1'), to: z.int().describe('Under the draft') })
      .describe('Place among those who have both scores'),
    letter: z
      .object({ from: letter.describe('Null: none'), to: letter.describe('Null: none') })
      .describe('Each by the letters of its rubric'),
    paths: z
      .array(
        z.object({
          path: z.enum(pathNames).describe('Path of the assessment'),
          from: nullableScore.describe('Null where there is none'),
          to: nullableScore.describe('Null where there is none'),
        }),
      )
      .describe('Paths whose score is another'),
  })
  .meta({ id: 'CanaryMover', description: 'Somebody who would be scored otherwise.' });

export const canaryReportSchema = z
  .object({
    rubric_version: rubricVersion,
    challenge: z.string().describe('Task that the draft is for'),
    canary: canaryStanding,
    summary: z.array(z.string()).describe('What was found so far, in sentences'),
    corpus: z
      .object({
        candidates: z.int().describe('Who has handed in something for the challenge'),
        scored: z.int().describe('Those whose newest submission is scored here'),
        by_stored_results: z
          .int()
          .describe('Scored by what their results tell: the draft changes weights alone'),
        by_engine: z.int().describe('Judged for it, since a result does not tell it'),
      })
      .describe('What it is about'),
    scores: z
      .object({ before: distribution.describe('Now'), after: distribution.describe('Draft') })
      .describe('Overall scores by the same engine, under the rubric of now and under the draft'),
    moves: z
      .object({
        up: z.int().describe('Who would score higher'),
        down: z.int().describe('Who would score lower'),
        unchanged: z.int().describe('Who would score the same, to a tenth'),
        unscored: z.int().describe('Who has no score, before and after'),
        lost_score: z.int().describe('Who would have no score any more'),
        gained_score: z.int().describe('Who would have one and had none'),
        mean: points.describe('Mean of the changes'),
        mean_size: points.describe('Mean of the changes without their sign'),
        largest_rise: points.describe('0 where nobody rises'),
        largest_fall: points.describe('0 where nobody falls'),
        shift: points.describe('Median of the changes: what is common to all'),
        beyond_shift: z.int().describe('Whose change is a point or more from that'),
      })
      .describe('Who moves'),
    order: z
      .object({
        pairs: z.int().describe('Of candidates with both scores'),
        flipped: z.int().describe('Those in which the other one is ahead under the draft'),
        clearly_flipped: z
          .int()
          .describe('Those of them that are a point or more apart on either side'),
      })
      .describe('Who overtakes whom'),
    letters: z
      .object({
        scales: z
          .object({ before: lettersSchema, after: lettersSchema })
          .describe('Of the rubric of now, and of the draft'),
        suggested: z
          .object({
            bounds: letterBoundsSchema,
            changed: z.int().describe('Candidates whose letter would be another by these'),
          })
          .nullable()
          .describe(
            'Bounds by which the best tenth of these candidates would have an A, the next quarter a B, 30 % a C and a quarter a D under the draft; null for fewer than twenty',
          ),
        before: letterCounts.describe('By the rubric of now'),
        after: letterCounts.describe('Under the draft'),
        changed: z.int().describe('Candidates whose letter would be another'),
        changes: z
          .array(
            z.object({
              from: letter.describe('Null: none'),
              to: letter.describe('Null: none'),
              count: z.int().describe('Candidates'),
            }),
          )
          .describe('Which become which'),
      })
      .describe('Whose letter changes'),
    people: z
      .object({
        decided: z.int().describe('Submissions about which somebody decided an appeal'),
        closer: z.int().describe('Those in which overturned evidence would be worth less'),
        farther: z.int().describe('Those in which it would be worth more: there agreement is lost'),
        mean_distance: z
          .object({
            before: nullableScore.describe('Now; null where nothing was decided'),
            after: nullableScore.describe('Under the draft'),
          })
          .describe('Points that evidence which people overturned is worth, on average'),
        lost: z
          .array(
            z.object({
              ...who,
              score: z
                .object({ from: score.describe('Now'), to: score.describe('Under the draft') })
                .describe('Overall score'),
              human: z
                .object({ from: score.describe('Now'), to: score.describe('Under the draft') })
                .describe('The same without what appeals upheld'),
            }),
          )
          .describe('Those farther away, at most 20, worst first'),
      })
      .describe('Whether people who decided appeals would agree'),
    movers: z
      .array(mover)
      .describe('Whose change is farthest from what is common to all, at most 20'),
  })
  .meta({ id: 'CanaryReport', description: 'What a draft would do to those who were judged.' });

export type CanaryReport = z.output<typeof canaryReportSchema>;
/** What is made of the scores. */
export type CanaryFindings = Omit<
  CanaryReport,
  'summary' | 'canary' | 'rubric_version' | 'challenge'
>;
export type Mover = z.output<typeof mover>;
