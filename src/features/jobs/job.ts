import type { QueueOptions } from '../../storage/queue/queue.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';

export const jobStatuses = [
  'queued',
  'processing',
  'retrying',
  'completed',
  'failed',
  'cancelled',
] as const;
export type JobStatus = (typeof jobStatuses)[number];
/** Where it stays. */
export type EndStatus = Extract<JobStatus, 'completed' | 'failed' | 'cancelled'>;

/** One attempt: the engine has `REQUEST_TIMEOUT`, the rest is to read and to store. Seconds. */
const TIMEOUT_SECONDS = 900;
const shared = {
  retries: 5,
  backoff: { firstSeconds: 1, maxSeconds: 60 },
  timeoutSeconds: TIMEOUT_SECONDS,
} as const;

/** A stored submission, to be judged again. */
export interface Again {
  assessmentId: string;
  candidateId: string;
  /** Version of the rubric to judge it by. */
  rubric: string;
}

/** A queue a class, asked in turn: whatever the number of batches, every other job that begins is a single one. */
export const singles: QueueOptions = { name: 'assess', ...shared };
export const items: QueueOptions = { name: 'assess-batch', ...shared };

/** What ended, for whoever tells others of it. */
export interface FinishedWork {
  readonly kind: 'job' | 'batch';
  readonly id: string;
  readonly owner: string;
  readonly callbackUrl: string | null;
  /** Of a job; a batch is `completed`, whatever became of its items. */
  readonly status: EndStatus;
}

/** Called in the transaction that ends it, so that what it enqueues is told of if and only if it ended. */
export type OnFinished = (tx: Transaction, work: FinishedWork) => Promise<void>;

/** Path of a job. */
export const jobUrl = (id: string) => `/api/v1/assessments/jobs/${id}`;

/** pg-boss's id of a job. */
export const queueIdOf = (jobId: string) => jobId.slice('job_'.length);
export const jobIdOf = (queueId: string) => `job_${queueId}`;
