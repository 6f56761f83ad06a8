/** Which job of a queue comes when: the turn that a new one gets, and how long one that waits may have to. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { JobRow } from './job-store.ts';

/** More of a caller's jobs are as late as these. */
const MOST_COUNTED = 1000;

/**
 * By which jobs of one caller stand behind the first ones of the others: round robin. The keys of an account are one
 * caller with it, also those that it has revoked; a key with numbers of its own is one by itself (`countsFor`).
 */
export async function priorityOf(
  tx: SqlEntityManager,
  owner: string,
  queue: string,
): Promise<number> {
  const [row] = await tx.execute<{ count: number }[]>(
    `with account as (
       select coalesce((select user_id from api_keys where id = substr(?, 5) and per_minute is null), ?) as id)
     select count(*)::int as count from (
       select 1 from assessment_jobs
       where owner in (
           select id from account union all
           select 'key_' || k.id from api_keys k join account on k.user_id = account.id where k.per_minute is null)
         and queue = ? and finished_at is null and is_sent limit ${MOST_COUNTED}) as own`,
    [owner, owner, queue],
  );
  return -(row?.count ?? 0);
}

/** More are not counted. */
const MOST_AHEAD = 10_000;
/** Of the last hour, for what one takes. */
const RECENT = 200;

export interface Outlook {
  /** From 1; null when it does not wait. */
  position: number | null;
  /** Null: unknown. */
  expectedWaitSeconds: number | null;
}

/** How long a job that waits may have to, by what others of its queue took in the last hour. */
export async function outlookOf(em: SqlEntityManager, job: JobRow): Promise<Outlook> {
  if (job.status !== 'queued' && job.status !== 'retrying') {
    return { position: null, expectedWaitSeconds: null };
  }
  const [row] = await em.execute<{ ahead: number; mean: number | null; running: number }[]>(
    `select
       (select count(*)::int from (
          select 1 from assessment_jobs
          where queue = ? and finished_at is null and status <> 'processing' and is_sent
            and (priority > ? or priority = ? and created_at < ?) limit ${MOST_AHEAD}) as before) as ahead,
       (select count(*)::int from (
          select 1 from assessment_jobs
          where queue = ? and finished_at is null and status = 'processing' limit 1000) as now) as running,
       (select avg(extract(epoch from finished_at - started_at))::float from (
          select finished_at, started_at from assessment_jobs
          where queue = ? and finished_at > now() - interval '1 hour' and status = 'completed'
          order by finished_at desc limit ${RECENT}) as recent) as mean`,
    [job.queue, job.priority, job.priority, job.created_at, job.queue, job.queue],
  );
  if (row === undefined) return { position: null, expectedWaitSeconds: null };
  const position = row.ahead + 1;
  const expected = row.mean === null ? null : (position * row.mean) / Math.max(1, row.running);
  return {
    position,
    expectedWaitSeconds: expected === null ? null : Math.round(expected * 1000) / 1000,
  };
}
