import { z } from 'zod';
import { fromDate, nullableScore, pageQuery, score, toDate } from '../../http/routing/schemas.ts';

export const candidateId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,100}$/, 'must be 1 to 100 letters, digits, underscores or hyphens')
  .meta({ id: 'CandidateId', examples: ['candidate_42'] });

export const candidateParams = z.object({ id: candidateId });

export const newCandidate = z
  .strictObject({
    candidate_id: candidateId,
    initial_data: z
      .record(z.string().max(200), z.unknown())
      .refine(
        (data) => Buffer.byteLength(JSON.stringify(data)) <= 102_400,
        'must be at most 100 KB',
      )
      .default({}),
  })
  .meta({ id: 'NewCandidate' });

export const newCandidateExamples = {
  candidate: {
    summary: 'With data of your own',
    value: { candidate_id: 'candidate_43', initial_data: { team: 'payments', level: 'senior' } },
  },
};

export const candidateListQuery = pageQuery.extend({
  q: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/, 'must be a prefix of a candidate_id')
    .optional(),
});

export const statsQuery = z.strictObject({
  from: fromDate.optional(),
  to: toDate.optional(),
  path: z
    .enum(['technical', 'design', 'collaboration', 'problem_solving', 'communication'])
    .optional(),
});

export const candidateSchema = z
  .object({
    candidate_id: candidateId,
    initial_data: z.record(z.string(), z.unknown()),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Candidate' });

export const assessmentSummarySchema = z
  .object({
    assessment_id: z.string(),
    candidate_id: candidateId,
    submission_type: z.string(),
    timestamp: z.iso.datetime(),
    overall_score: nullableScore,
    path_scores: z.array(
      z.object({ path: z.string(), overall_score: nullableScore, confidence: z.number() }),
    ),
  })
  .meta({ id: 'AssessmentSummary' });

export const candidateDetailSchema = candidateSchema
  .extend({
    memory: z.object({ nodes: z.number().int() }),
    latest_assessments: z.array(assessmentSummarySchema),
  })
  .meta({ id: 'CandidateDetail' });

export const candidateStatsSchema = z
  .object({
    candidate_id: candidateId,
    total: z.number().int(),
    scored: z.number().int(),
    mean: nullableScore,
    median: nullableScore,
    p90: nullableScore,
    best: nullableScore,
    worst: nullableScore,
    latest: nullableScore,
    standard_deviation: z.number().nullable(),
    path_averages: z.record(z.string(), score.nullable()),
    trend: z.object({
      direction: z.enum(['improving', 'stable', 'declining']).nullable(),
      slope: z.number().nullable(),
    }),
  })
  .meta({ id: 'CandidateStats' });
