import { z } from 'zod';
import { fromDate, isRange, noRange, pageQuery, toDate } from '../../http/routing/schemas.ts';
import { engineResultSchema, metadata } from '../../engine/result-schema.ts';
import {
  challengeName,
  challengeQuery,
  labelQuery,
  labels,
  storedChallenge,
  storedLabels,
} from './cohort-schemas.ts';
import { candidateId, storedWeights } from '../candidates/candidate-schemas.ts';
import { rubricVersion } from '../rubrics/rubric-schemas.ts';
import { MAX_FILES } from '../files/contents.ts';
import { filePath } from '../files/file-path.ts';
import { fileId } from '../files/file-schemas.ts';
import { fullLanguages } from '../../engine/facts.ts';
import {
  codeMembers,
  pathNames,
  proseMembers,
  submissionTypes,
  type AssessmentInput,
  type PathName,
} from '../../engine/contract.ts';

const MAX_OPTIONS_BYTES = 102_400;

/** What a client may declare; without it the language is detected. */
const languages = [
  ...fullLanguages,
  'c',
  'bash',
  'css',
  'html',
  'json',
  'yaml',
  'sql',
  'markdown',
  'text',
];

const language = z
  .string()
  .max(40)
  .meta({ enum: languages })
  .transform((name) => name.toLowerCase())
  .refine((name) => languages.includes(name), { error: `must be one of ${languages.join(', ')}` });

const file = z.strictObject({
  path: filePath.describe('Relative, as a repository lists it'),
  content: z.string().describe('Text of the file'),
  language: language.optional().describe('Detected when not given'),
});

const files = z
  .array(file)
  .max(MAX_FILES, `must have at most ${MAX_FILES} files`)
  .refine((list) => new Set(list.map(({ path }) => path.toLowerCase())).size === list.length, {
    error: 'has two files with the same path',
  });

const strings = <const Names extends readonly string[]>(names: Names, description: string) =>
  Object.fromEntries(names.map((name) => [name, z.string().optional().describe(description)])) as {
    [Name in Names[number]]: z.ZodOptional<z.ZodString>;
  };

const content = z
  .strictObject({
    ...strings(codeMembers, 'Code without a path'),
    ...strings(proseMembers, 'Prose of the candidate; one such member alone suffices'),
    files: files.optional().describe('Files with their paths'),
    file_ids: z
      .array(fileId)
      .min(1)
      .max(100)
      .refine((ids) => new Set(ids).size === ids.length, { error: 'names a file twice' })
      .optional()
      .describe('Uploads of yours that become `files`; what is stored is their texts'),
    template_files: files.optional().describe('What the candidate was given: it is subtracted'),
    answers: z
      .array(
        z.strictObject({
          question: z.string().max(10_000).describe('What was asked'),
          answer: z.string().describe('What was answered'),
        }),
      )
      .max(500)
      .optional()
      .describe('Answers in an interview or a test'),
    commits: z
      .array(
        z.strictObject({
          message: z.string().max(10_000).describe('Message of the commit'),
          diff: z.string().optional().describe('Unified diff'),
        }),
      )
      .max(2000)
      .optional()
      .describe('Commits, oldest first'),
    reviews: z.array(z.string()).max(2000).optional().describe('Review comments by the candidate'),
  })
  .refine(
    (value) =>
      ([...codeMembers, ...proseMembers, 'files', 'file_ids', 'answers'] as const).some(
        (member) => value[member] !== undefined,
      ),
    {
      error: `must have at least one of ${[...codeMembers, ...proseMembers, 'files', 'file_ids', 'answers'].join(', ')}`,
    },
  );

const pathName = z
  .string()
  .max(40)
  .meta({ enum: [...pathNames] })
  .transform((name) => name.toLowerCase())
  .pipe(z.enum(pathNames, { error: `must be one of ${pathNames.join(', ')}` }));

const options = z
  .strictObject({
    include_explanations: z
      .boolean()
      .optional()
      .describe('false leaves explanations and the texts of evidence out'),
    weights: z
      .partialRecord(z.enum(pathNames), z.number().min(0).max(1000))
      .refine((weights) => Object.values(weights).some((weight) => weight > 0), {
        error: 'must have one weight above 0',
      })
      .optional()
      .describe('How much each path counts in the overall score'),
    challenge: challengeName.optional(),
    labels: labels.optional(),
    rubric: rubricVersion
      .optional()
      .describe(
        'Rubric to judge by: one of the service, or a published one of the challenge; else the one in force for the challenge, or the newest of the service',
      ),
  })
  .refine((value) => JSON.stringify(value).length <= MAX_OPTIONS_BYTES, {
    error: `must be at most ${MAX_OPTIONS_BYTES} bytes`,
  });

export const assessmentInput = z
  .strictObject({
    candidate_id: candidateId,
    submission_type: z.enum(submissionTypes).default('code').describe('What was handed in.'),
    content: content.describe(
      'What was handed in: at least one member other than `template_files`, `commits` and `reviews`',
    ),
    language: language.optional().describe('Of code without a path; detected when not given'),
    paths_to_evaluate: z
      .array(pathName)
      .min(1, 'must name at least one path')
      .max(50)
      .transform((paths): PathName[] => pathNames.filter((name) => paths.includes(name)))
      .default([...pathNames])
      .describe('Paths to judge, in any case and order.'),
    options: options.default({}).describe('How to judge.'),
  })
  .meta({
    id: 'AssessmentInput',
    description: 'A submission; it is parsed, never run.',
  }) satisfies z.ZodType<AssessmentInput>;

/** What was submitted, as it was assessed. */
export const submissionSchema = z
  .looseObject({
    candidate_id: candidateId,
    submission_type: z.enum(submissionTypes).describe('As it was submitted'),
    content: z
      .record(z.string(), z.unknown())
      .describe('As it was submitted; `file_ids` have become `files`'),
    paths_to_evaluate: z.array(z.enum(pathNames)).describe('Paths that were judged'),
    options: z.record(z.string(), z.unknown()).describe('How it was judged'),
  })
  .meta({ id: 'Submission', description: 'What was submitted, as it was assessed and stored.' });

/** In documentation. */
export const EXAMPLE_ID = 'assess_0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d00';

export const assessmentId = z
  .string()
  .regex(/^assess_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  .meta({
    id: 'AssessmentId',
    description: 'Identity of an assessment: `assess_` and a UUIDv7',
    examples: [EXAMPLE_ID],
  });

export const assessmentParams = z.object({ id: assessmentId });

/** It ends the check: what is no score is neither above nor below another. */
const noScore = { error: 'must be a number from 0 to 100', abort: true };

const queryScore = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,6})?$/, noScore)
  .meta({ type: 'number', minimum: 0, maximum: 100 })
  .transform(Number)
  .refine((n) => n <= 100, noScore);

export const assessmentListQuery = pageQuery
  .extend({
    candidate_id: candidateId.optional(),
    challenge: challengeQuery.optional(),
    label: labelQuery.optional(),
    path: pathName.optional().describe('Path that scores are compared by; else the overall score'),
    min_score: queryScore.optional().describe('Lowest score, inclusive'),
    max_score: queryScore.optional().describe('Highest score, inclusive'),
    from: fromDate.optional(),
    to: toDate.optional(),
    sort: z
      .enum(['-timestamp', 'timestamp', '-score', 'score'])
      .default('-timestamp')
      .describe(
        '`-` is downwards: newest or best first. What has no score comes last, and equals are in order of their ids. With `path` the score of that path.',
      ),
  })
  .refine(({ min_score: min = 0, max_score: max = 100 }) => min <= max, {
    path: ['min_score'],
    error: 'must not be above max_score',
  })
  .refine(isRange, noRange);
export type AssessmentListQuery = z.output<typeof assessmentListQuery>;

export const assessmentResultSchema = engineResultSchema
  .extend({
    assessment_id: assessmentId,
    candidate_id: candidateId,
    submission_type: z.enum(submissionTypes).describe('As it was submitted'),
    challenge: storedChallenge.optional(),
    labels: storedLabels.optional(),
    weights: storedWeights.exactOptional(),
    reassessment_of: assessmentId
      .exactOptional()
      .describe('The assessment whose submission was judged again; absent for what was handed in'),
    timestamp: z.iso.datetime().describe('When it was judged'),
    processing_time_ms: z.number().describe('Milliseconds that judging took'),
    metadata: metadata.describe('`cached: true` when the judgement came from the cache'),
  })
  .meta({ id: 'AssessmentResult', description: 'A stored assessment; it never changes.' });
