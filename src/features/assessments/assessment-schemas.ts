import { z } from 'zod';
import { fromDate, nullableScore, pageQuery, toDate } from '../../http/routing/schemas.ts';
import { candidateId } from '../candidates/candidate-schemas.ts';
import { fullLanguages } from '../../engine/facts.ts';
import { rubricVersions } from '../../engine/rubric.ts';
import {
  codeMembers,
  pathNames,
  proseMembers,
  submissionTypes,
  type AssessmentInput,
  type PathName,
} from '../../engine/contract.ts';

const MAX_FILES = 2000;
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

/** Percent-encoded as well: whoever exports a submission later may decode it. */
function climbs(path: string): boolean {
  const decoded = path.replaceAll(/%2e/gi, '.').replaceAll(/%2f|%5c/gi, '/');
  return decoded.split(/[/\\]/).includes('..');
}

/** Relative, inside the submission, as a repository would list it. */
const filePath = z
  .string()
  .min(1)
  .max(512)
  .refine((path) => !/\p{Cc}/u.test(path), { error: 'has control characters' })
  .refine((path) => !/^([/\\]|[A-Za-z]:)/.test(path), { error: 'must be relative' })
  .refine((path) => !climbs(path), { error: 'must not contain ..' });

const file = z.strictObject({ path: filePath, content: z.string(), language: language.optional() });

const files = z
  .array(file)
  .max(MAX_FILES, `must have at most ${MAX_FILES} files`)
  .refine((list) => new Set(list.map(({ path }) => path.toLowerCase())).size === list.length, {
    error: 'has two files with the same path',
  });

const strings = <const Names extends readonly string[]>(names: Names) =>
  Object.fromEntries(names.map((name) => [name, z.string().optional()])) as {
    [Name in Names[number]]: z.ZodOptional<z.ZodString>;
  };

const content = z
  .strictObject({
    ...strings(codeMembers),
    ...strings(proseMembers),
    files: files.optional(),
    template_files: files.optional(),
    answers: z
      .array(z.strictObject({ question: z.string().max(10_000), answer: z.string() }))
      .max(500)
      .optional(),
    commits: z
      .array(z.strictObject({ message: z.string().max(10_000), diff: z.string().optional() }))
      .max(2000)
      .optional(),
    reviews: z.array(z.string()).max(2000).optional(),
  })
  .refine(
    (value) =>
      [...codeMembers, ...proseMembers, 'files' as const, 'answers' as const].some(
        (member) => value[member] !== undefined,
      ),
    {
      error: `must have at least one of ${[...codeMembers, ...proseMembers, 'files', 'answers'].join(', ')}`,
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
    include_explanations: z.boolean().optional(),
    weights: z
      .partialRecord(z.enum(pathNames), z.number().min(0).max(1000))
      .refine((weights) => Object.values(weights).some((weight) => weight > 0), {
        error: 'must have one weight above 0',
      })
      .optional(),
    challenge: z.string().max(100).optional(),
    rubric: z.enum(rubricVersions).optional(),
  })
  .refine((value) => JSON.stringify(value).length <= MAX_OPTIONS_BYTES, {
    error: `must be at most ${MAX_OPTIONS_BYTES} bytes`,
  });

export const assessmentInput = z
  .strictObject({
    candidate_id: candidateId,
    submission_type: z.enum(submissionTypes).default('code'),
    content,
    language: language.optional(),
    paths_to_evaluate: z
      .array(pathName)
      .min(1, 'must name at least one path')
      .max(50)
      .transform((paths): PathName[] => pathNames.filter((name) => paths.includes(name)))
      .default([...pathNames]),
    options: options.default({}),
  })
  .meta({ id: 'AssessmentInput' }) satisfies z.ZodType<AssessmentInput>;

/** In documentation. */
export const EXAMPLE_ID = 'assess_0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d00';

export const assessmentId = z
  .string()
  .regex(/^assess_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  .meta({ id: 'AssessmentId' });

export const assessmentParams = z.object({ id: assessmentId });

const queryScore = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,6})?$/, 'must be a number from 0 to 100')
  .meta({ type: 'number', minimum: 0, maximum: 100 })
  .transform(Number)
  .refine((n) => n <= 100, { error: 'must be a number from 0 to 100' });

export const assessmentListQuery = pageQuery.extend({
  candidate_id: candidateId.optional(),
  path: pathName.optional(),
  min_score: queryScore.optional(),
  max_score: queryScore.optional(),
  from: fromDate.optional(),
  to: toDate.optional(),
});
export type AssessmentListQuery = z.output<typeof assessmentListQuery>;

export const dashboardQuery = z.strictObject({
  include_history: z.stringbool({ error: 'must be true or false' }).default(false),
});

const metadata = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
const line = z.number().int().nullable();

const evidenceSchema = z
  .object({
    type: z.string(),
    description: z.string(),
    source: z.string(),
    file: z.string().nullable(),
    start_line: line,
    end_line: line,
    snippet: z.string().nullable(),
    points: z.number().meta({ description: "base + the sum of a metric's points is its score" }),
    weight: z.number(),
    rule: z.string(),
    metadata,
  })
  .meta({ id: 'Evidence' });

const metricSchema = z
  .object({
    name: z.string(),
    category: z.string(),
    base: z.number(),
    score: nullableScore,
    weight: z.number(),
    confidence: z.number(),
    explanation: z.string(),
    evidence: z.array(evidenceSchema),
  })
  .meta({ id: 'Metric' });

const pathScoreSchema = z
  .object({
    path: z.enum(pathNames),
    overall_score: nullableScore,
    status: z.enum(['scored', 'insufficient_evidence']),
    reason: z.string().optional(),
    interval: z.tuple([z.number(), z.number()]).optional(),
    confidence: z.number().min(0).max(1),
    confidence_parts: z.record(z.string(), z.number()),
    metrics: z.array(metricSchema),
    motives: z.array(z.string()),
    strengths: z.array(z.string()),
    areas_for_improvement: z.array(z.string()),
  })
  .meta({ id: 'PathScore' });

export const assessmentResultSchema = z
  .object({
    assessment_id: assessmentId,
    candidate_id: candidateId,
    submission_type: z.enum(submissionTypes),
    timestamp: z.iso.datetime(),
    overall_score: nullableScore,
    confidence: z.number().min(0).max(1),
    path_scores: z.array(pathScoreSchema),
    micro_motives: z.array(
      z.object({
        motive_type: z.string(),
        strength: z.number().min(0).max(1),
        indicators: z.array(z.string()),
        evidence: z.array(
          z.object({ description: z.string(), file: z.string().nullable(), start_line: line }),
        ),
        path_alignment: z.enum(pathNames),
      }),
    ),
    dominant_path: z.enum(pathNames).nullable(),
    summary: z.string(),
    key_findings: z.array(z.string()),
    recommendations: z.array(
      z.object({
        path: z.enum(pathNames),
        metric: z.string(),
        text: z.string(),
        file: z.string().optional(),
        start_line: z.number().int().optional(),
        gain: z.number(),
      }),
    ),
    tags: z.array(
      z.object({
        tag: z.string(),
        category: z.string(),
        confidence: z.number(),
        evidence: z.array(z.object({ file: z.string().nullable(), line, description: z.string() })),
      }),
    ),
    languages: z.array(z.object({ language: z.string(), share: z.number() })),
    engine_version: z.string(),
    rubric_version: z.string(),
    input_sha256: z.string(),
    processing_time_ms: z.number(),
    metadata,
  })
  .meta({ id: 'AssessmentResult' });

export const dashboardSchema = z
  .object({
    assessment_id: assessmentId,
    candidate_id: candidateId,
    timestamp: z.iso.datetime(),
    overall_score: nullableScore,
    grade: z.enum(['A', 'B', 'C', 'D', 'F']).nullable(),
    confidence: z.number(),
    radar: z.array(z.object({ path: z.enum(pathNames), score: nullableScore })),
    paths: z.array(
      z.object({
        path: z.enum(pathNames),
        score: nullableScore,
        confidence: z.number(),
        interval: z.tuple([z.number(), z.number()]).nullable(),
        metrics: z.array(z.object({ name: z.string(), score: nullableScore, weight: z.number() })),
      }),
    ),
    motives: z.array(z.object({ motive_type: z.string(), strength: z.number() })),
    trend: z
      .array(
        z.object({
          assessment_id: assessmentId,
          timestamp: z.iso.datetime(),
          overall_score: nullableScore,
          paths: z.record(z.string(), nullableScore),
        }),
      )
      .nullable(),
  })
  .meta({ id: 'AssessmentDashboard' });
