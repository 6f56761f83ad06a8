/**
 * What nobody's request or job does: the end of jobs whose process died at every attempt, batches that stand
 * still since an item of theirs was erased, the removal of what ended long ago. One process at a time works.
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { attr } from '#telemetry/conventions.ts';
import type { Logger } from '#telemetry/logger.ts';
import { untraced } from '#telemetry/tracing.ts';
import { AppError } from '../../errors.ts';
import { isUnavailable } from '../../storage/postgres/errors.ts';
import type { DatabaseSession } from '../../storage/postgres/session.ts';
import { inTransaction } from '../../storage/postgres/transaction.ts';
import { openJobExists } from '../../storage/queue/open-jobs.ts';
import type { JobService } from './job-service.ts';
import { jobProblem } from './job-problem.ts';

const EVERY_MS = 10_000;
/** Of the advisory lock. */
const LOCK = 'jobs upkeep';
/** In one go; the rest is done in the next one. */
const MOST = 1000;
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
  let isClosed = false;
  let cancel = () => {};
  let running = Promise.resolve();

  const endOrphans = async () => {
    const orphans = await em().execute<{ id: string }[]>(
      `select id from assessment_jobs a
       where finished_at is null and is_sent and created_at < now() - interval '${SETTLED_SECONDS} seconds'
         and not ${openJobExists('a.queue', 'substr(a.id, 5)::uuid')}
       limit ${MOST}`,
    );
    for (const { id } of orphans) {
      const error = new AppError('INTERNAL_ERROR', 'The process ended at each attempt.');
      const problem = jobProblem(error, id);
      await inTransaction(em(), (tx) =>
        jobs.end(tx, id, { status: 'failed', problem, isDead: true }),
      );
      log.error('A job is dead: its process ended at each attempt', {
        [attr.eventName]: 'job.dead',
        [attr.job]: id,
      });
    }
  };
  const moveBatches = async () => {
    const batches = await em().execute<{ id: string }[]>(
      `select id from assessment_batches where finished_at is null
         and created_at < now() - interval '${SETTLED_SECONDS} seconds' limit ${MOST}`,
    );
    for (const { id } of batches) {
      await inTransaction(em(), (tx) => jobs.moveBatchOn(tx, id));
    }
  };
  const removeOld = async () => {
    const before = new Date(deps.now().getTime() - deps.retentionDays * 86_400_000);
    await em().execute(
      `delete from assessment_jobs where id in (
         select id from assessment_jobs where finished_at < ? and batch_id is null limit ${MOST})`,
      [before],
    );
    await em().execute(
      `delete from assessment_batches where id in (
         select id from assessment_batches where finished_at < ? limit ${MOST})`,
      [before],
    );
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
    if (lock === null) return;
    try {
      await endOrphans();
      await moveBatches();
      await removeOld();
    } finally {
      await lock.release();
    }
  };
  const begin = () => {
    running = untraced(round)
      .catch((error: unknown) => {
        if (!isUnavailable(error)) log.warn('Jobs were not looked after', { error });
      })
      .then(() => {
        if (!isClosed) cancel = deps.after(EVERY_MS, begin);
      });
  };
  return {
    start: begin,
    depths: () => depths,
    async close() {
      isClosed = true;
      cancel();
      await running;
    },
  };
}

function empty(queue: string): QueueDepth {
  return { queue, waiting: 0, processing: 0, held: 0, dead: 0, oldestSeconds: 0 };
}
