import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { StoredProblem } from '../../http/problems.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import type { JobStatus } from './job.ts';
import type { Owner } from '../../owner.ts';

export interface BatchRow {
  id: string;
  owner: string;
  total: number;
  callback_url: string | null;
  created_at: string | Date;
  finished_at: string | Date | null;
}

const columns = 'id, owner, total, callback_url, created_at, finished_at';

export interface ItemRow {
  id: string;
  item: number;
  candidate_id: string | null;
  assessment_id: string;
  status: JobStatus;
  progress: number;
  problem: StoredProblem | null;
  revision: number;
}

export async function insertBatch(
  tx: Transaction,
  batch: Omit<BatchRow, 'created_at' | 'finished_at'> & { created_at: Date },
): Promise<void> {
  const { id, owner, total, callback_url, created_at } = batch;
  await tx.execute(
    `insert into assessment_batches (id, owner, total, callback_url, created_at) values (?, ?, ?, ?, ?)`,
    [id, owner, total, callback_url, created_at],
  );
}

export async function findBatch(
  em: SqlEntityManager,
  id: string,
  owner: Owner,
): Promise<{ batch: BatchRow; items: ItemRow[] } | undefined> {
  const [batch] = await em.execute<BatchRow[]>(
    `select ${columns} from assessment_batches
     where id = ? and (?::text is null or owner = ?)`,
    [id, owner, owner],
  );
  if (batch === undefined) return undefined;
  const items = await em.execute<ItemRow[]>(
    `select id, item, candidate_id, assessment_id, status, progress, problem, revision from assessment_jobs
     where batch_id = ? order by item`,
    [id],
  );
  return { batch, items };
}

/** What shows whether anything of a batch has changed. */
export interface BatchChanges {
  isOver: boolean;
  /** Of the revisions of its items. */
  sum: number;
  /** Items that are gone. */
  erased: number;
}

/** @returns undefined when there is none of this owner */
export async function changesOf(
  em: SqlEntityManager,
  id: string,
  owner: Owner,
): Promise<BatchChanges | undefined> {
  const [row] = await em.execute<BatchChanges[]>(
    `select b.finished_at is not null as "isOver", coalesce(sum(j.revision), 0)::int as sum,
       (b.total - count(j.id))::int as erased
     from assessment_batches b left join assessment_jobs j on j.batch_id = b.id
     where b.id = ? and (?::text is null or b.owner = ?) group by b.id`,
    [id, owner, owner],
  );
  return row;
}

/** Nobody else ends an item of it, or sends the next one, before the transaction ends. */
export async function lockBatch(tx: Transaction, id: string): Promise<BatchRow | undefined> {
  const [row] = await tx.execute<BatchRow[]>(
    `select ${columns} from assessment_batches
     where id = ? for update`,
    [id],
  );
  return row;
}

/**
 * The next ones that pg-boss gets, marked so; who is about to cancel one holds it, and moves the batch on.
 *
 * @param priority of the first one; each after it has one less
 * @returns them in the order of their items
 */
export async function takeWaiting(
  tx: Transaction,
  batchId: string,
  { count, priority }: { count: number; priority: number },
): Promise<{ id: string; priority: number }[]> {
  const rows = await tx.execute<{ id: string; priority: number }[]>(
    `with free as (
       select id, item from assessment_jobs where batch_id = ? and not is_sent and finished_at is null
       order by item limit ? for update skip locked),
     ranked as (select id, row_number() over (order by item)::int as place from free)
     update assessment_jobs j set is_sent = true, priority = ?::int + 1 - ranked.place
     from ranked where j.id = ranked.id returning j.id, j.priority`,
    [batchId, count, priority],
  );
  return rows.toSorted((a, b) => b.priority - a.priority);
}

/** @returns how many items have not ended, and how many of those pg-boss has */
export async function unfinishedOf(
  em: SqlEntityManager,
  batchId: string,
): Promise<{ unfinished: number; sent: number }> {
  const [row] = await em.execute<{ unfinished: number; sent: number }[]>(
    `select count(*)::int as unfinished, count(*) filter (where is_sent)::int as sent from assessment_jobs
     where batch_id = ? and finished_at is null`,
    [batchId],
  );
  return row ?? { unfinished: 0, sent: 0 };
}

/** For an item that is run again: with the end of that, the batch ends once more. */
export async function reopenBatch(tx: Transaction, id: string): Promise<void> {
  await tx.execute('update assessment_batches set finished_at = null where id = ?', [id]);
}

export async function endBatch(tx: Transaction, id: string, now: Date): Promise<void> {
  await tx.execute('update assessment_batches set finished_at = ? where id = ?', [now, id]);
}
