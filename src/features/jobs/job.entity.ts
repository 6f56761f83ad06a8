import { defineEntity, p } from '@mikro-orm/core';
import type { StoredProblem } from '../../http/problems.ts';
import type { JobStatus } from './job.ts';

const text = (length: number) => p.string().columnType(`varchar(${length})`).collation('C');
const expression = (name: string, rest: string) => ({
  name,
  expression: `create index ${name} on ${rest}`,
});

export const AssessmentBatchEntity = defineEntity({
  name: 'AssessmentBatch',
  tableName: 'assessment_batches',
  indexes: [{ properties: ['finishedAt'] }],
  properties: {
    /** `batch_` and a UUIDv7. */
    id: text(42).primary(),
    /** Caller that sent it. */
    owner: text(64),
    total: p.integer(),
    callbackUrl: p.string().columnType('varchar(2048)').fieldName('callback_url').nullable(),
    createdAt: p.datetime(3).fieldName('created_at'),
    finishedAt: p.datetime(3).fieldName('finished_at').nullable(),
  },
});

export const AssessmentJobEntity = defineEntity({
  name: 'AssessmentJob',
  tableName: 'assessment_jobs',
  indexes: [
    { properties: ['batch', 'item'] },
    { properties: ['candidateId'] },
    { properties: ['finishedAt'] },
    expression(
      'assessment_jobs_unfinished_index',
      'assessment_jobs (owner, queue) where finished_at is null',
    ),
    expression(
      'assessment_jobs_waiting_index',
      'assessment_jobs (queue, priority desc, created_at) where finished_at is null',
    ),
    expression(
      'assessment_jobs_reassessment_of_index',
      'assessment_jobs (reassessment_of) where finished_at is null',
    ),
    expression('assessment_jobs_dead_index', 'assessment_jobs (id) where is_dead'),
  ],
  properties: {
    /** `job_` and a UUIDv7, which is the id of pg-boss's job. */
    id: text(40).primary(),
    owner: text(64),
    /** Null: an item of a batch that names nobody. */
    candidateId: text(100).fieldName('candidate_id').nullable(),
    /** Fixed when the job is accepted. */
    assessmentId: text(43).fieldName('assessment_id'),
    batch: () =>
      p
        .manyToOne(AssessmentBatchEntity)
        .mapToPk()
        .fieldName('batch_id')
        .nullable()
        .deleteRule('cascade')
        .index(false),
    /** Its place in the batch, from 0. */
    item: p.integer().nullable(),
    queue: text(32),
    status: p.string().columnType('varchar(16)').$type<JobStatus>(),
    /** Whether pg-boss has it: items of a batch are sent a few at a time. */
    isSent: p.boolean().fieldName('is_sent'),
    /** Given up, and nobody has run it again. */
    isDead: p.boolean().fieldName('is_dead'),
    priority: p.integer(),
    attempts: p.integer(),
    /** Percent. */
    progress: p.integer(),
    /** One more with every change that is shown. */
    revision: p.integer(),
    /** Of a submission that is judged again: where it is stored, and the rubric to judge it by. */
    reassessmentOf: text(43).fieldName('reassessment_of').nullable(),
    rubric: text(20).nullable(),
    /** Until the job has ended; null where it is stored with an assessment. */
    input: p.json<unknown>().columnType('json').nullable().lazy(),
    callbackUrl: p.string().columnType('varchar(2048)').fieldName('callback_url').nullable(),
    problem: p.json<StoredProblem>().columnType('json').nullable(),
    createdAt: p.datetime(3).fieldName('created_at'),
    startedAt: p.datetime(3).fieldName('started_at').nullable(),
    finishedAt: p.datetime(3).fieldName('finished_at').nullable(),
  },
});
