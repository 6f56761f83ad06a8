import { MAX_URL_CHARACTERS } from '../../outbound/target-url.ts';
import { z } from 'zod';
import {
  assessmentId,
  assessmentInput,
  assessmentResultSchema,
} from '../assessments/assessment-schemas.ts';
import { candidateId } from '../candidates/candidate-schemas.ts';
import { jobStatuses } from './job.ts';

export const EXAMPLE_JOB = 'job_0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d01';
export const EXAMPLE_BATCH = 'batch_0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d02';

const jobId = z
  .string()
  .regex(/^job_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  .meta({
    id: 'JobId',
    description: 'Identity of a job: `job_` and a UUIDv7',
    examples: [EXAMPLE_JOB],
  });
const batchId = z
  .string()
  .regex(/^batch_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  .meta({
    id: 'BatchId',
    description: 'Identity of a batch: `batch_` and a UUIDv7',
    examples: [EXAMPLE_BATCH],
  });

export const jobParams = z.object({ job_id: jobId });
export const batchParams = z.object({ batch_id: batchId });
export const deadParams = z.object({ id: jobId });

/** http is for a receiver on this machine alone: no other webhook can have such a URL. */
function isCallback(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  const isHere = hostname === 'localhost' || /^(127\.[\d.]+|\[::1\])$/.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isHere);
}

/** Signed by the secret of the webhook that it lies under. */
const callbackUrl = z
  .string()
  .max(MAX_URL_CHARACTERS)
  .refine(isCallback, { error: 'must be a URL that begins with https://' })
  .optional()
  .describe(
    'Where the end is told, instead of the webhook whose URL it is or lies under, and signed with its secret',
  );

export const asyncInput = assessmentInput.extend({ callback_url: callbackUrl }).meta({
  id: 'AsyncAssessmentInput',
  description: 'A submission whose result is waited for elsewhere.',
});

export const batchInput = z
  .strictObject({
    items: z
      .array(z.unknown().meta({ description: 'An AssessmentInput' }))
      .min(1, 'must have at least one item')
      .max(100, 'must have at most 100 items')
      .describe('Submissions; one that is not valid fails alone'),
    callback_url: callbackUrl,
  })
  .meta({ id: 'BatchInput', description: 'Up to a hundred submissions.' });

const named = candidateId
  .nullable()
  .describe('Whose submission it is; null for an item that names nobody');
const statusUrl = z.string().describe('Path to ask at how it stands');
const status = z.enum(jobStatuses).describe('Where it is');
const problem = z
  .record(z.string(), z.unknown())
  .describe('Why it failed, as the problem of a request (RFC 9457)');
const percent = z.int().min(0).max(100);
const progress = percent.describe(
  'Of the stages of the engine that are over, for what takes more than an instant; 100 once it has ended',
);

export const acceptedJobSchema = z
  .object({
    job_id: jobId,
    assessment_id: assessmentId.describe('The result is stored under it'),
    candidate_id: candidateId,
    status: z.literal('queued').describe('It waits'),
    status_url: statusUrl,
  })
  .meta({ id: 'AcceptedJob', description: 'Work that was taken on, and is not lost any more.' });

export const jobSchema = z
  .object({
    job_id: jobId,
    status,
    progress,
    attempts: z.int().describe('Begun so far'),
    assessment_id: assessmentId,
    candidate_id: named,
    batch_id: batchId.optional(),
    created_at: z.iso.datetime().describe('When it was accepted'),
    started_at: z.iso.datetime().nullable().describe('When the last attempt began'),
    finished_at: z.iso.datetime().nullable().describe('When it ended'),
    queue_position: z
      .int()
      .nullable()
      .describe('Of those that wait, from 1; null when it does not wait'),
    expected_wait_seconds: z
      .number()
      .nullable()
      .describe('By what the last hour’s took; null when that is not known'),
    result: assessmentResultSchema.optional().describe('Of a completed job'),
    problem: problem.optional(),
  })
  .meta({ id: 'Job', description: 'An assessment that outlives its request.' });

export const acceptedBatchSchema = z
  .object({
    batch_id: batchId,
    total: z.int().describe('Its items'),
    status_url: statusUrl,
  })
  .meta({ id: 'AcceptedBatch', description: 'Work that was taken on, and is not lost any more.' });

export const batchSchema = z
  .object({
    batch_id: batchId,
    status: z.enum(['processing', 'completed']).describe('`completed` when every item has ended'),
    progress: percent.describe('Mean of its items'),
    total: z.int().describe('Its items'),
    counts: z.record(z.string(), z.int()).describe('Items by status'),
    created_at: z.iso.datetime().describe('When it was accepted'),
    finished_at: z.iso.datetime().nullable().describe('When its last item ended'),
    items: z
      .array(
        z.object({
          item: z.int().describe('Its place in the request, from 0'),
          job_id: jobId,
          assessment_id: assessmentId,
          candidate_id: named,
          status,
          progress,
          problem: problem.optional(),
        }),
      )
      .describe('In the order of the request'),
  })
  .meta({ id: 'Batch', description: 'How each item of a batch stands.' });

export const deadJobSchema = jobSchema
  .omit({ result: true, queue_position: true, expected_wait_seconds: true })
  .meta({
    id: 'DeadJob',
    description: 'A job that failed at every attempt, by no fault of its input.',
  });

export const asyncExample = {
  single: {
    summary: 'One piece of code',
    value: {
      candidate_id: 'candidate_42',
      content: { code: 'def double(n: int) -> int:\n    """Twice n."""\n    return 2 * n\n' },
    },
  },
};

export const batchExample = {
  two: {
    summary: 'Two submissions',
    value: {
      items: ['candidate_42', 'candidate_43'].map((candidate_id) => ({
        candidate_id,
        content: { code: 'def half(n: int) -> float:\n    return n / 2\n' },
      })),
    },
  },
};
