/**
 * Work that outlives a request, in the service's own PostgreSQL (pg-boss). A job is sent in the caller's
 * transaction: it is there if and only if what it is about is stored. A queue is declared by whoever works
 * its jobs off (`QueueDefinition`), and worked off by `worker.ts`.
 */
import { PgBoss, type Db, type JobWithMetadata } from 'pg-boss';
import type { Logger } from '#telemetry/logger.ts';
import { untraced } from '#telemetry/tracing.ts';
import { failureFields } from '../failure.ts';
import { isUnavailable } from '../postgres/errors.ts';
import type { Database } from '../postgres/database.ts';
import { executePrepared, type Transaction } from '../postgres/transaction.ts';
import { QUEUE_SCHEMA } from './schema.ts';
import { traceSend } from './trace.ts';

/** What the worker's session and all others hear: a job was sent. */
export const QUEUED_CHANNEL = 'sono_eval_queued';

/** A job whose process gives no sign of life is given to another one. Seconds; pg-boss takes no fewer. */
const HEARTBEAT_SECONDS = 10;
/** How often one of the processes looks for such jobs. Seconds; pg-boss's defaults are off and 60. */
const MONITOR_SECONDS = 10;
/** How often rows of ended jobs are removed; the claim is in the database, so restarts do not put it off. Seconds. */
const MAINTENANCE_SECONDS = 60;
/** What a feature has to know of an ended job is in its own table. Seconds. */
const KEEP_ENDED_SECONDS = 3600;
/** The longest that pg-boss keeps a job which nobody works for: nothing that was promised expires. Seconds. */
const KEEP_QUEUED_SECONDS = 365 * 24 * 3600;
const RETRY_START_MS = 500;

export interface QueueOptions {
  /** Lower case and hyphens, as label and name of spans. */
  readonly name: string;
  /** After the first attempt. */
  readonly retries: number;
  /** Before a retry: `firstSeconds`, then twice as long each time, with jitter, at most `maxSeconds`. */
  readonly backoff: { readonly firstSeconds: number; readonly maxSeconds: number };
  /** Longest that one attempt may take. */
  readonly timeoutSeconds: number;
}

export interface JobToSend {
  /** UUID; the same id is taken once. Default: a new one. */
  id?: string;
  /** Small: what is large belongs into the feature's table. Default: nothing. */
  data?: Record<string, unknown>;
  /** Higher is earlier; default 0. */
  priority?: number;
  startAfter?: Date;
}

export interface FetchedJob {
  readonly id: string;
  readonly queue: string;
  readonly data: Record<string, unknown>;
  /** 0 the first time. */
  readonly retryCount: number;
  readonly retryLimit: number;
  /** From when on it could be worked for. */
  readonly dueAt: Date;
  readonly startedAt: Date;
}

/** An attempt that was fetched; what no longer holds it is told by false. */
type Attempt = Pick<FetchedJob, 'id' | 'queue' | 'retryCount'>;

export interface JobQueue {
  /** Waits for PostgreSQL; declares the queues. @throws the signal's reason */
  start: (signal: AbortSignal) => Promise<void>;
  /** Sent when the transaction commits. @returns its id @throws {Error} when there is a job with this id */
  send: (tx: Transaction, queue: string, job?: JobToSend) => Promise<string>;
  /** It never runs (again); one that runs is told at its next sign of life. */
  cancel: (tx: Transaction, queue: string, id: string) => Promise<void>;
  fetch: (queue: string) => Promise<FetchedJob | undefined>;
  /** @returns whether the attempt was still the job's */
  complete: (tx: Transaction, attempt: Attempt) => Promise<boolean>;
  /** To be retried, or dead. @returns whether the attempt was still the job's */
  fail: (tx: Transaction, attempt: Attempt, reason: string) => Promise<boolean>;
  /** Signs of life. @returns the ids of those that are still the attempts' */
  touch: (queue: string, attempts: Attempt[]) => Promise<string[]>;
  /** Gives an attempt back as if it had not been begun. @returns whether it was still the job's */
  handBack: (tx: Transaction, attempt: Attempt) => Promise<boolean>;
  close: () => Promise<void>;
}

export function createQueue(deps: {
  database: Pick<Database, 'query'>;
  queues: readonly QueueOptions[];
  log: Logger;
  /** Milliseconds. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
}): JobQueue {
  const { database, queues, log } = deps;
  const boss = new PgBoss({
    db: { executeSql: (text, values) => database.query(text, values) },
    schema: QUEUE_SCHEMA,
    migrate: false,
    createSchema: false,
    schedule: false,
    // Schema and connections are ours to watch.
    registerInstance: false,
    monitorVacuum: false,
    reindex: false,
    openTelemetry: { enabled: false },
    superviseIntervalSeconds: MONITOR_SECONDS,
    monitorIntervalSeconds: MONITOR_SECONDS,
    maintenanceIntervalSeconds: MAINTENANCE_SECONDS,
  });
  // Without a listener an error would end the process.
  boss.on('error', (error) => {
    const line = { 'event.name': 'queue.maintenance_failed', ...failureFields(error) };
    if (isUnavailable(error)) log.debug('The queue was not looked after: no database', line);
    else log.warn('The queue was not looked after', line);
  });

  const declare = async ({ name, retries, backoff, timeoutSeconds }: QueueOptions) => {
    const options = {
      retryLimit: retries,
      retryDelay: backoff.firstSeconds,
      retryBackoff: true,
      retryDelayMax: backoff.maxSeconds,
      expireInSeconds: timeoutSeconds,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      retentionSeconds: KEEP_QUEUED_SECONDS,
      deleteAfterSeconds: KEEP_ENDED_SECONDS,
    };
    await boss.createQueue(name, { policy: 'standard', ...options });
    await boss.updateQueue(name, options);
  };
  const startOnce = async () => {
    await boss.start();
    for (const queue of queues) await declare(queue);
  };

  return {
    start: (signal) =>
      untraced(async () => {
        for (;;) {
          try {
            await startOnce();
            return;
          } catch (error) {
            if (!isUnavailable(error)) throw error;
            await deps.wait(RETRY_START_MS, signal);
          }
        }
      }),
    send: (tx, queue, job = {}) =>
      traceSend(queue, async (carrier) => {
        const id = await boss.send(
          queue,
          { ...job.data, ...carrier },
          {
            ...(job.id === undefined ? {} : { id: job.id }),
            ...(job.startAfter === undefined ? {} : { startAfter: job.startAfter }),
            priority: job.priority ?? 0,
            db: inside(tx),
          },
        );
        if (id === null) throw new Error(`The queue ${queue} did not take the job.`);
        // Told with the commit, and once for a transaction that sends many.
        await tx.execute('select pg_notify(?, ?)', [QUEUED_CHANNEL, queue]);
        return id;
      }),
    async cancel(tx, queue, id) {
      await boss.cancel(queue, id, { db: inside(tx) });
    },
    async fetch(queue) {
      const [job] = await boss.fetch<Record<string, unknown>>(queue, { includeMetadata: true });
      return job === undefined ? undefined : toFetched(queue, job);
    },
    async complete(tx, { id, queue, retryCount }) {
      return isSettled(await boss.complete(queue, { id, retryCount }, null, { db: inside(tx) }));
    },
    async fail(tx, { id, queue, retryCount }, reason) {
      return isSettled(await boss.fail(queue, { id, retryCount }, { reason }, { db: inside(tx) }));
    },
    async touch(queue, attempts) {
      const pairs = attempts.map(({ id, retryCount }) => ({ id, retryCount }));
      const { settled } = (await boss.touch(queue, pairs)) as Settled;
      return settled ?? [];
    },
    async handBack(tx, { id, queue, retryCount }) {
      const given = await tx.execute<unknown[]>(
        `with given as (
           update ${QUEUE_SCHEMA}.job set state = 'created', started_on = null, heartbeat_on = null
           where name = ? and id = ? and state = 'active' and retry_count = ? returning name)
         select pg_notify('${QUEUED_CHANNEL}', name) from given`,
        [queue, id, retryCount],
      );
      return given.length === 1;
    },
    close: () => boss.stop({ graceful: false, close: false }),
  };
}

/** What its commands answer, and its types do not tell. */
interface Settled {
  affected?: number;
  settled?: string[];
}

function isSettled(response: Settled): boolean {
  return response.affected === 1;
}

/** Statements of pg-boss inside the caller's transaction. */
function inside(tx: Transaction): Db {
  return {
    executeSql: async (text, values) => ({ rows: await executePrepared(tx, text, values ?? []) }),
  };
}

function toFetched(queue: string, job: JobWithMetadata<Record<string, unknown>>): FetchedJob {
  return {
    id: job.id,
    queue,
    data: job.data ?? {},
    retryCount: job.retryCount,
    retryLimit: job.retryLimit,
    dueAt: new Date(job.startAfter),
    startedAt: new Date(job.startedOn),
  };
}
