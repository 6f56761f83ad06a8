/**
 * What nobody's request or job does: the end of jobs whose process died at every attempt, batches that stand
 * still since an item of theirs was erased, the removal of what ended long ago. One process at a time works.
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { attr } from '#telemetry/conventions.ts';
import type { Logger } from '#telemetry/logger.ts';
import { AppError } from '../../errors.ts';
import { isUnavailable } from '../../storage/postgres/errors.ts';
import type { DatabaseSession } from '../../storage/postgres/session.ts';
import { inTransaction } from '../../storage/postgres/transaction.ts';
import { createRounds } from '../../storage/rounds.ts';
import { openJobExists } from '../../storage/queue/open-jobs.ts';
import type { JobService } from './job-service.ts';
import { jobProblem } from './job-problem.ts';

const EVERY_MS = 10_000;
/** Of the advisory lock. */
const LOCK = 'jobs upkeep';
/** Read at a time. */
const PAGE = 1000;
/** Removed by one statement; a batch is up to a hundred items. */
const JOBS_A_STEP = 500;
const BATCHES_A_STEP = 5;
/** Statements a round and table. */
const STEPS = 100;
/** What is younger may be on its way. Seconds. */
const SETTLED_SECONDS = 60;

export interface QueueDepth {
  queue: string;
  waiting: number;
  processing: number;
  /** Items of batches that are not sent yet. */
  held: number;
  dead: number;
  /** Of the oldest that waits; 0 when none does. */
  oldestSeconds: number;
}

export interface Upkeep {
  start: () => void;
  /** As of the last round. */
  depths: () => readonly QueueDepth[];
  close: () => Promise<void>;
}

export function createUpkeep(deps: {
  em: () => SqlEntityManager;
  session: Pick<DatabaseSession, 'tryLock'>;
  jobs: JobService;
  retentionDays: number;
  queues: readonly string[];
  after: (ms: number, run: () => void) => () => void;
  now: () => Date;
  log: Logger;
}): Upkeep {
  const { em, jobs, log } = deps;
  let depths: QueueDepth[] = deps.queues.map(empty);

  /** Of all, a page at a time: one that cannot be worked for holds up no other. */
  const forEach = async (
    page: (after: string) => Promise<{ id: string }[]>,
    work: (id: string) => Promise<void>,
  ) => {
    for (let last: string | undefined = ''; last !== undefined && !rounds.isClosed();) {
      const rows = await page(last);
      for (const { id } of rows) {
        try {
          await work(id);
        } catch (error) {
          if (isUnavailable(error)) throw error;
          log.warn('A job or a batch was not looked after', { [attr.job]: id, error });
        }
      }
      last = rows.length < PAGE ? undefined : rows.at(-1)?.id;
    }
  };
  const endOrphan = async (id: string) => {
    const error = new AppError('INTERNAL_ERROR', 'The process ended at each attempt.');
    const problem = jobProblem(error, id);
    const row = await inTransaction(em(), (tx) =>
      jobs.end(tx, id, { status: 'failed', problem, isDead: true }),
    );
    if (row === undefined) return;
    log.error('A job is dead: its process ended at each attempt', {
      [attr.eventName]: 'job.dead',
      [attr.job]: id,
    });
  };
  const endOrphans = () =>
    forEach(
      (last) =>
        em().execute(
          `select id from assessment_jobs a
           where finished_at is null and is_sent and created_at < now() - interval '${SETTLED_SECONDS} seconds'
             and not ${openJobExists('a.queue', 'substr(a.id, 5)::uuid')}
             and id > ? order by id limit ${PAGE}`,
          [last],
        ),
      endOrphan,
    );
  const moveBatches = () =>
    forEach(
      (last) =>
        em().execute(
          `select id from assessment_batches where finished_at is null
             and created_at < now() - interval '${SETTLED_SECONDS} seconds'
             and id > ? order by id limit ${PAGE}`,
          [last],
        ),
      (id) => inTransaction(em(), (tx) => jobs.moveBatchOn(tx, id)),
    );
  /** What is left after `STEPS` is removed in the next round. */
  const remove = async (table: string, condition: string, count: number, before: Date) => {
    for (let step = 0; step < STEPS && !rounds.isClosed(); step += 1) {
      const gone = await em().execute<unknown[]>(
        `delete from ${table} where id in (
           select id from ${table} where finished_at < ? and ${condition} order by finished_at limit ${count})
         returning id`,
        [before],
      );
      if (gone.length < count) return;
    }
  };
  const removeOld = async () => {
    const before = new Date(deps.now().getTime() - deps.retentionDays * 86_400_000);
    // First those with items, over which the search for the others would go again and again.
    await remove('assessment_batches', 'true', BATCHES_A_STEP, before);
    await remove('assessment_jobs', 'batch_id is null', JOBS_A_STEP, before);
  };
  const measure = async () => {
    const rows = await em().execute<QueueDepth[]>(
      `select queue,
         count(*) filter (where status in ('queued', 'retrying') and is_sent)::int as waiting,
         count(*) filter (where status = 'processing')::int as processing,
         count(*) filter (where not is_sent)::int as held,
         (select count(*)::int from assessment_jobs d where d.is_dead and d.queue = a.queue) as dead,
         coalesce(extract(epoch from now() - min(created_at)
           filter (where status in ('queued', 'retrying') and is_sent)), 0)::float as "oldestSeconds"
       from assessment_jobs a where finished_at is null or is_dead group by queue`,
    );
    depths = deps.queues.map((queue) => rows.find((row) => row.queue === queue) ?? empty(queue));
  };
  const round = async () => {
    await measure();
    const lock = await deps.session.tryLock(LOCK);
    if (lock === null) return EVERY_MS;
    try {
      await endOrphans();
      await moveBatches();
      await removeOld();
    } finally {
      await lock.release();
    }
    return EVERY_MS;
  };
  const rounds = createRounds({
    round,
    failed(error) {
      if (!isUnavailable(error)) log.warn('Jobs were not looked after', { error });
      return EVERY_MS;
    },
    after: deps.after,
  });
  return { start: rounds.begin, depths: () => depths, close: rounds.close };
}

function empty(queue: string): QueueDepth {
  return { queue, waiting: 0, processing: 0, held: 0, dead: 0, oldestSeconds: 0 };
}
