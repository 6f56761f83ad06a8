import type { Owner } from '../../owner.ts';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { StoredProblem } from '../../http/problems.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import type { EndStatus, JobStatus } from './job.ts';

export interface JobRow {
  id: string;
  owner: string;
  candidate_id: string | null;
  assessment_id: string;
  batch_id: string | null;
  item: number | null;
  queue: string;
  status: JobStatus;
  priority: number;
  attempts: number;
  progress: number;
  revision: number;
  callback_url: string | null;
  problem: StoredProblem | null;
  created_at: string | Date;
  started_at: string | Date | null;
  finished_at: string | Date | null;
}

const columns = `id, owner, candidate_id, assessment_id, batch_id, item, queue, status, priority, attempts, progress,
  revision, callback_url, problem, created_at, started_at, finished_at`;

export interface NewJob {
  id: string;
  owner: string;
  candidateId: string | null;
  assessmentId: string;
  batch: { id: string; item: number } | null;
  queue: string;
  isSent: boolean;
  priority: number;
  /** JSON; null where there is nothing to judge, or it is stored. */
  input: string | null;
  /** Of a stored submission that is judged again. */
  reassessmentOf: string | null;
  rubric: string | null;
  callbackUrl: string | null;
  /** Of an item that is refused at once. */
  problem: StoredProblem | null;
  createdAt: Date;
}

export async function insertJob(tx: Transaction, job: NewJob): Promise<void> {
  const isRefused = job.problem !== null;
  // With parameters: MikroORM writes values into the statement, which takes long for ten megabytes.
  await tx
    .getKysely<{ assessment_jobs: Record<string, unknown> }>()
    .insertInto('assessment_jobs')
    .values({
      id: job.id,
      owner: job.owner,
      candidate_id: job.candidateId,
      assessment_id: job.assessmentId,
      batch_id: job.batch?.id ?? null,
      item: job.batch?.item ?? null,
      queue: job.queue,
      status: isRefused ? 'failed' : 'queued',
      is_sent: job.isSent,
      is_dead: false,
      priority: job.priority,
      attempts: 0,
      progress: isRefused ? 100 : 0,
      revision: 1,
      input: job.input,
      reassessment_of: job.reassessmentOf,
      rubric: job.rubric,
      callback_url: job.callbackUrl,
      problem: isRefused ? JSON.stringify(job.problem) : null,
      created_at: job.createdAt,
      started_at: null,
      finished_at: isRefused ? job.createdAt : null,
    })
    .execute();
}

export async function findJob(
  em: SqlEntityManager,
  id: string,
  owner: Owner,
): Promise<JobRow | undefined> {
  const [row] = await em.execute<JobRow[]>(
    `select ${columns} from assessment_jobs where id = ? and (?::text is null or owner = ?)`,
    [id, owner, owner],
  );
  return row;
}

/** @returns undefined when there is none of this owner */
export async function revisionOf(
  em: SqlEntityManager,
  id: string,
  owner: Owner,
): Promise<number | undefined> {
  const [row] = await em.execute<{ revision: number }[]>(
    'select revision from assessment_jobs where id = ? and (?::text is null or owner = ?)',
    [id, owner, owner],
  );
  return row?.revision;
}

export interface BegunJob extends JobRow {
  /** JSON; null: what was to be judged again is deleted. */
  input: string | null;
  /** Of a stored submission: the assessment, and the rubric to judge it by. */
  reassessment_of: string | null;
  rubric: string | null;
}

/** @returns undefined when there is nothing (more) to do */
export async function beginJob(
  em: SqlEntityManager,
  id: string,
  attempt: number,
  now: Date,
): Promise<BegunJob | undefined> {
  const [row] = await em.execute<BegunJob[]>(
    `update assessment_jobs set status = 'processing', attempts = greatest(attempts, ?), progress = 0,
       started_at = ?, revision = revision + 1
     where id = ? and finished_at is null and (input is not null or reassessment_of is not null)
     returning ${columns}, reassessment_of, rubric, coalesce(input, (
       select a.input from assessments a where a.id = assessment_jobs.reassessment_of))::text as input`,
    [attempt, now, id],
  );
  return row;
}

/** Never less than before; nothing for an attempt that is over. @returns whether it is stored */
export async function storeProgress(
  em: SqlEntityManager,
  id: string,
  attempt: number,
  percent: number,
): Promise<boolean> {
  const rows = await em.execute<unknown[]>(
    `update assessment_jobs set progress = ?, revision = revision + 1
     where id = ? and status = 'processing' and attempts = ? and progress < ? returning id`,
    [percent, id, attempt, percent],
  );
  return rows.length === 1;
}

/** Back to where it was. */
export async function requeueJob(
  em: SqlEntityManager,
  id: string,
  status: 'queued' | 'retrying',
): Promise<void> {
  await em.execute(
    `update assessment_jobs set status = ?, progress = 0, revision = revision + 1
     where id = ? and finished_at is null`,
    [status, id],
  );
}

export interface Ending {
  status: EndStatus;
  problem?: StoredProblem;
  isDead?: boolean;
}

/** Until the transaction ends nobody else ends it. @returns whether it has not ended */
export async function lockUnfinished(tx: Transaction, id: string): Promise<boolean> {
  const rows = await tx.execute<unknown[]>(
    'select id from assessment_jobs where id = ? and finished_at is null for update',
    [id],
  );
  return rows.length === 1;
}

/**
 * The input goes with the end, except of the dead, who may be run again; of what was judged, the assessment has it.
 *
 * @returns undefined when it has ended before, or is gone
 */
export async function endJob(
  tx: Transaction,
  id: string,
  owner: Owner,
  { status, problem, isDead = false }: Ending,
  now: Date,
): Promise<JobRow | undefined> {
  const [row] = await tx.execute<JobRow[]>(
    `update assessment_jobs set status = ?, progress = 100, problem = ?::json, is_dead = ?, finished_at = ?,
       input = case when ? then input end, revision = revision + 1
     where id = ? and finished_at is null and (?::text is null or owner = ?)
     returning ${columns}`,
    [
      status,
      problem === undefined ? null : JSON.stringify(problem),
      isDead,
      now,
      isDead,
      id,
      owner,
      owner,
    ],
  );
  return row;
}

/** What was judged, as JSON; undefined once it is deleted. */
export async function resultOf(em: SqlEntityManager, id: string): Promise<string | undefined> {
  const [row] = await em.execute<{ text: string }[]>(
    'select result::text as text from assessments where id = ?',
    [id],
  );
  return row?.text;
}

/** Newest first. */
export function listDead(
  em: SqlEntityManager,
  limit: number,
  after: string | undefined,
): Promise<JobRow[]> {
  return em.execute<JobRow[]>(
    `select ${columns} from assessment_jobs where is_dead and (?::text is null or id < ?)
     order by id desc limit ?`,
    [after ?? null, after ?? null, limit],
  );
}

/** @returns undefined when it is not dead */
export async function reviveJob(tx: Transaction, id: string): Promise<JobRow | undefined> {
  const [row] = await tx.execute<JobRow[]>(
    `update assessment_jobs set status = 'queued', is_dead = false, problem = null, finished_at = null,
       started_at = null, attempts = 0, progress = 0, priority = 0, revision = revision + 1
     where id = ? and is_dead returning ${columns}`,
    [id],
  );
  return row;
}
