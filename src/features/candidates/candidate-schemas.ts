import { z } from 'zod';
import { pathNames } from '../../engine/contract.ts';
import { nullableScore, score } from '../../engine/result-schema.ts';
import {
  fromDate,
  isRange,
  noRange,
  pageQuery,
  plainText,
  toDate,
} from '../../http/routing/schemas.ts';

export const candidateId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,100}$/, 'must be 1 to 100 letters, digits, underscores or hyphens')
  .meta({
    id: 'CandidateId',
    description: 'Identity of a candidate, given by the organisation',
    examples: ['candidate_42'],
  });

export const candidateParams = z.object({ id: candidateId });

export const sentInitialData = {
  member: 'initial_data',
  bytes: 102_400,
  rule: 'must be at most 100 KB',
};

const displayName = plainText(200).describe('Name that people know the candidate by');

const initialData = z
  .record(z.string().max(200), z.unknown())
  .refine(
    (data) => Buffer.byteLength(JSON.stringify(data)) <= sentInitialData.bytes,
    sentInitialData.rule,
  );

export const newCandidate = z
  .strictObject({
    candidate_id: candidateId,
    display_name: displayName.optional(),
    initial_data: initialData
      .default({})
      .describe('Anything to keep with the person, at most 100 KB.'),
  })
  .meta({ id: 'NewCandidate', description: 'A candidate to create.' });

export const newCandidateExamples = {
  candidate: {
    summary: 'With data of your own',
    value: { candidate_id: 'candidate_43', initial_data: { team: 'payments', level: 'senior' } },
  },
};

export const candidateChange = z
  .strictObject({
    display_name: displayName
      .nullable()
      .optional()
      .describe('Name that people know the candidate by; null removes it'),
    initial_data: initialData
      .nullable()
      .optional()
      .describe('Instead of what is kept with the person, at most 100 KB'),
  })
  .refine((change) => Object.keys(change).length > 0, { error: 'must change something' })
  .meta({ id: 'CandidateChange', description: 'What is to be changed of a candidate.' });

export const candidateListQuery = pageQuery.extend({
  q: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/, 'must be a prefix of a candidate_id')
    .optional()
    .describe('Prefix of the candidate_id'),
});

export const statsQuery = z
  .strictObject({
    from: fromDate.optional(),
    to: toDate.optional(),
    path: z
      .enum(pathNames)
      .optional()
      .describe('Path whose scores are counted; else the overall ones'),
  })
  .refine(isRange, noRange);

const storedName = z
  .string()
  .nullable()
  .describe('Name that people know the candidate by; null when none was given');

export const candidateSchema = z
  .object({
    candidate_id: candidateId,
    display_name: storedName,
    initial_data: z.record(z.string(), z.unknown()).describe('As it was given'),
    created_at: z.iso.datetime().describe('When the candidate was created'),
  })
  .meta({ id: 'Candidate', description: 'A person whose work is assessed.' });

const summaryScore = nullableScore.describe('Null where there is none');

/** Candidates beyond this are not counted: a template that is handed in unchanged by a thousand. */
export const MOST_SAME = 100;

export const sameInputMeaning = (challenge: string) =>
  `For reviewers (role assessor or higher): other candidates with the same submission in ${challenge}, at most ${MOST_SAME}`;

/** Of an assessment, wherever it is told. */
export const storedWeights = z
  .partialRecord(z.enum(pathNames), z.number())
  .nullable()
  .describe(
    'Share of each path that was asked for in the overall score, 0 to 1, before paths without a score are left out; null where all of them weigh nothing',
  );

export const assessmentSummarySchema = z
  .object({
    assessment_id: z.string().describe('Identity of the assessment'),
    candidate_id: candidateId,
    display_name: storedName,
    submission_type: z.string().describe('What was handed in'),
    challenge: z.string().nullable().describe('Task that was set; null when none was named'),
    labels: z.array(z.string()).describe('Labels that it was given, in order'),
    timestamp: z.iso.datetime().describe('When it was judged'),
    overall_score: summaryScore,
    path_scores: z
      .array(
        z.object({
          path: z.string().describe('Path of the assessment'),
          overall_score: summaryScore,
          confidence: z.number().describe('0 to 1'),
        }),
      )
      .describe('One for each path that was asked for'),
    weights: storedWeights,
    rubric_version: z
      .string()
      .nullable()
      .describe('Rubric that it was judged by: scores of different ones are not comparable'),
    input_sha256: z.string().describe('Equal for equal submissions under equal versions'),
    same_input: z
      .int()
      .nullable()
      .optional()
      .describe(
        `${sameInputMeaning('the same challenge')}; null without a challenge. No score depends on it`,
      ),
  })
  .meta({ id: 'AssessmentSummary', description: 'An assessment in short.' });

export const candidateDetailSchema = candidateSchema
  .extend({
    memory: z
      .object({
        nodes: z.int().describe('Number of notes'),
        depth: z.int().describe('Levels of the tree that they make; 0 without any'),
        updated_at: z.iso
          .datetime()
          .nullable()
          .describe('When a note was last made or changed; null without any'),
      })
      .describe('What is remembered of the person'),
    latest_assessments: z.array(assessmentSummarySchema).describe('Newest first'),
  })
  .meta({ id: 'CandidateDetail', description: 'A candidate with the latest assessments.' });

export const candidateStatsSchema = z
  .object({
    candidate_id: candidateId,
    total: z.int().describe('Assessments in the range, scored or not'),
    scored: z.int().describe('Those with a score; the other numbers are of them'),
    mean: nullableScore.describe('Arithmetic mean'),
    median: nullableScore.describe('Half of the scores lie below'),
    p90: nullableScore.describe('90 % of the scores lie below'),
    best: nullableScore.describe('Highest score'),
    worst: nullableScore.describe('Lowest score'),
    latest: nullableScore.describe('Newest score'),
    standard_deviation: z
      .number()
      .nullable()
      .describe('Of the sample (n - 1); null below two scores'),
    path_averages: z.record(z.string(), score.nullable()).describe('Mean by path'),
    trend: z
      .object({
        direction: z
          .enum(['improving', 'stable', 'declining'])
          .nullable()
          .describe('Null below three points'),
        slope: z.number().nullable().describe('Least-squares slope in points an assessment'),
        points: z
          .int()
          .describe(
            'Scores that it is of: the latest, and those of the same rubric, major of the engine and, overall, weights; of a submission that was judged again, the last one',
          ),
      })
      .describe('Where the scores go'),
  })
  .meta({ id: 'CandidateStats', description: 'Scores are 0 to 100; null where there are none.' });
