import type { Owner } from '../../owner.ts';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../errors.ts';
import { JsonText } from '../../json/json-text.ts';
import { instant } from '../../time/instant.ts';
import {
  changesOf,
  findBatch,
  type BatchChanges,
  type BatchRow,
  type ItemRow,
} from './batch-store.ts';
import { jobStatuses, type JobStatus } from './job.ts';
import { outlookOf } from './job-order.ts';
import { findJob, resultOf, type JobRow } from './job-store.ts';

/** How something stands, and how often that has changed. */
export interface Standing {
  revision: number;
  status: JobStatus;
  isOver: boolean;
  /** For `writeJson`. */
  body: Record<string, unknown>;
}

/** What every view of a job shows. */
export function presentJob(row: JobRow): Record<string, unknown> {
  return {
    job_id: row.id,
    status: row.status,
    progress: row.progress,
    attempts: row.attempts,
    assessment_id: row.assessment_id,
    candidate_id: row.candidate_id,
    ...(row.batch_id === null ? {} : { batch_id: row.batch_id }),
    created_at: instant(row.created_at),
    started_at: instant(row.started_at),
    finished_at: instant(row.finished_at),
    ...(row.problem === null ? {} : { problem: row.problem }),
  };
}

/** @throws {AppError} NOT_FOUND */
export async function jobStanding(
  em: SqlEntityManager,
  id: string,
  owner: Owner,
): Promise<Standing> {
  const row = await findJob(em, id, owner);
  if (row === undefined) throw noSuchJob();
  const { position, expectedWaitSeconds } = await outlookOf(em, row);
  const result = row.status === 'completed' ? await resultOf(em, row.assessment_id) : undefined;
  return {
    revision: row.revision,
    status: row.status,
    isOver: row.finished_at !== null,
    body: {
      ...presentJob(row),
      queue_position: position,
      expected_wait_seconds: expectedWaitSeconds,
      ...(result === undefined ? {} : { result: new JsonText(result) }),
    },
  };
}

/** @throws {AppError} NOT_FOUND */
export async function batchStanding(
  em: SqlEntityManager,
  id: string,
  owner: Owner,
): Promise<Standing> {
  const found = await findBatch(em, id, owner);
  if (found === undefined) throw new AppError('NOT_FOUND', 'No batch has this id.');
  const { batch, items } = found;
  const isOver = batch.finished_at !== null;
  return {
    revision: revisionFrom({
      isOver,
      sum: items.reduce((sum, { revision }) => sum + revision, 0),
      erased: batch.total - items.length,
    }),
    status: isOver ? 'completed' : 'processing',
    isOver,
    body: presentBatch(batch, items),
  };
}

/** More than one item's revision gets to: an erasure makes that of its batch no lower. */
const OF_ERASED = 1000;

/** Its end, and the end of that by an item which is run again, are changes, too. */
const revisionFrom = ({ isOver, sum, erased }: BatchChanges) =>
  2 * sum + (isOver ? 1 : 0) + OF_ERASED * erased;

/** As `batchStanding` tells it, by less to read. @returns undefined when there is none of this owner */
export async function batchRevision(
  em: SqlEntityManager,
  id: string,
  owner: Owner,
): Promise<number | undefined> {
  const changes = await changesOf(em, id, owner);
  return changes === undefined ? undefined : revisionFrom(changes);
}

function presentBatch(batch: BatchRow, items: ItemRow[]): Record<string, unknown> {
  const ofStatus = (wanted: JobStatus) => items.filter(({ status }) => status === wanted).length;
  const percent =
    items.reduce((sum, { progress }) => sum + progress, 0) / Math.max(1, items.length);
  return {
    batch_id: batch.id,
    status: batch.finished_at === null ? 'processing' : 'completed',
    progress: items.length === 0 && batch.finished_at !== null ? 100 : Math.floor(percent),
    total: batch.total,
    counts: Object.fromEntries(jobStatuses.map((status) => [status, ofStatus(status)])),
    created_at: instant(batch.created_at),
    finished_at: instant(batch.finished_at),
    items: items.map(({ id, item, assessment_id, candidate_id, status, progress, problem }) => ({
      item,
      job_id: id,
      assessment_id,
      candidate_id,
      status,
      progress,
      ...(problem === null ? {} : { problem }),
    })),
  };
}

export function noSuchJob(): AppError {
  return new AppError('NOT_FOUND', 'No job has this id.');
}
