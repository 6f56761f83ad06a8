/**
 * Works queues off. A lane is a number of places for work: queues of one lane are asked in turn, and only while a
 * place is free, so that nothing waits in a process that is busy while another one is idle.
 *
 * - A job that is sent is heard of at once; without the notification (a pooler, a lost session) within `POLL_MS`.
 * - While an attempt runs it gives a sign of life every `TOUCH_MS`. What has lost its attempt by then (cancelled, or
 *   given to another process after `HEARTBEAT_SECONDS` of silence) is told by its signal.
 * - `work` ends an attempt itself, in the transaction that stores what it did (`job.complete`); what only
 *   returns is completed then. What throws is retried, and when that was the last attempt, dead.
 */
import { attr } from '#telemetry/conventions.ts';
import type { Logger } from '#telemetry/logger.ts';
import { untraced } from '#telemetry/tracing.ts';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { failureFields } from '../failure.ts';
import { isUnavailable } from '../postgres/errors.ts';
import type { DatabaseSession } from '../postgres/session.ts';
import { inTransaction, type Transaction } from '../postgres/transaction.ts';
import { AttemptLost, type QueueDefinition, type RunningJob } from './definition.ts';
import { createFetcher, POLL_MS, type Lane } from './lane.ts';
import { QUEUED_CHANNEL, type FetchedJob, type JobQueue } from './queue.ts';
import { traceProcess } from './trace.ts';

const TOUCH_MS = 2500;
/** For the statements by which an attempt ends when the database did not answer: then the heartbeat ends it. */
const SETTLE_ATTEMPTS = 3;

export type JobOutcome = 'completed' | 'retried' | 'dead' | 'lost' | 'handed_back';

export interface WorkerEvents {
  started: (queue: string, waitSeconds: number) => void;
  ended: (queue: string, outcome: JobOutcome, seconds: number) => void;
}

export interface QueueWorker {
  start: () => void;
  /** Others need less room than before: what waited for it need not wait for the next look. */
  roomFreed: () => void;
  /** Ends the attempt at this job, if it is here: its signal aborts. */
  abort: (id: string, reason: Error) => void;
  /** Fetches nothing more, lets attempts end for `graceMs` and hands the rest back. */
  close: (graceMs: number) => Promise<void>;
}

interface Attempt {
  job: FetchedJob;
  end: AbortController;
  done: Promise<void>;
}

export function createWorker(deps: {
  queue: JobQueue;
  lanes: readonly Lane[];
  em: () => SqlEntityManager;
  session: Pick<DatabaseSession, 'listen'>;
  events: WorkerEvents;
  log: Logger;
  clock: {
    now: () => Date;
    monotonicMs: () => number;
    after: (ms: number, run: () => void) => () => void;
  };
}): QueueWorker {
  const { queue, lanes, events, log, clock } = deps;
  /** Two of one job, when this process was silent and was given its own job again. */
  const attempts = new Set<Attempt>();
  let isPaused = true;
  let isBeating = false;
  let stopBeats = () => {};

  const fetchers = lanes.map((lane) =>
    createFetcher({
      lane,
      queue,
      isPaused: () => isPaused,
      run,
      handBack,
      log,
      after: clock.after,
    }),
  );
  const abort = (id: string, reason: Error) => {
    for (const { job, end } of attempts) if (job.id === id) end.abort(reason);
  };

  function run(definition: QueueDefinition, job: FetchedJob, free: () => void): void {
    abort(job.id, new AttemptLost());
    const end = new AbortController();
    const done = attempt(definition, job, end.signal).finally(() => {
      attempts.delete(entry);
      free();
    });
    const entry = { job, end, done };
    attempts.add(entry);
  }

  async function attempt(
    definition: QueueDefinition,
    job: FetchedJob,
    signal: AbortSignal,
  ): Promise<void> {
    const waitMs = Math.max(0, job.startedAt.getTime() - job.dueAt.getTime());
    const startedAt = clock.monotonicMs();
    events.started(job.queue, waitMs / 1000);
    const end = (outcome: JobOutcome) =>
      events.ended(job.queue, outcome, (clock.monotonicMs() - startedAt) / 1000);
    let isComplete = false;
    const complete = async (tx: Transaction) => {
      if (!(await queue.complete(tx, job))) throw new AttemptLost();
      isComplete = true;
    };
    const running = { ...job, isLast: job.retryCount >= job.retryLimit, complete };
    await traceProcess({ ...job, waitMs }, async (failed) => {
      try {
        signal.throwIfAborted();
        await definition.work(running, signal);
        if (!isComplete) await inTransaction(deps.em(), complete);
        end('completed');
      } catch (error) {
        end(await endFailed(definition, running, error, signal, failed));
      }
    });
  }

  /** @param failed marks the span: a job that was cancelled or handed back is no error */
  async function endFailed(
    definition: QueueDefinition,
    job: RunningJob,
    error: unknown,
    signal: AbortSignal,
    failed: (error: unknown) => void,
  ): Promise<JobOutcome> {
    if (error instanceof AttemptLost || signal.reason instanceof AttemptLost) return 'lost';
    try {
      if (signal.aborted) return (await handBack(definition, job)) ? 'handed_back' : 'lost';
      if (!(await storeFailure(definition, job, error))) return 'lost';
    } catch (failure) {
      failed(failure);
      log.error(
        'The end of an attempt could not be stored: the silence of this process ends it, and it is tried again if it has attempts left',
        { queue: job.queue, attempt: job.retryCount + 1, ...failureFields(failure) },
      );
      return 'lost';
    }
    failed(error);
    const fields = { queue: job.queue, attempt: job.retryCount + 1, ...failureFields(error) };
    if (job.isLast) {
      log.error('A job is dead', { [attr.eventName]: 'job.dead', ...fields, error });
      return 'dead';
    }
    log.warn('A job failed and is tried again', { [attr.eventName]: 'job.retried', ...fields });
    return 'retried';
  }

  const storeFailure = (definition: QueueDefinition, job: RunningJob, error: unknown) =>
    settle(async (tx) => {
      await definition.failed?.(tx, job, error, job.isLast);
      return queue.fail(tx, job, nameOf(error));
    });

  function handBack(definition: QueueDefinition, job: FetchedJob): Promise<boolean> {
    return settle(async (tx) => {
      await definition.handedBack?.(tx, job);
      return queue.handBack(tx, job);
    });
  }

  /**
   * Locks are taken in one order by all who end, cancel or give back a job: rows of the feature, then the queue's.
   *
   * @param store tells whether the attempt was still the job's; if not, nothing is stored
   * @returns the same
   */
  async function settle(store: (tx: Transaction) => Promise<boolean>): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      try {
        await inTransaction(deps.em(), async (tx) => {
          if (!(await store(tx))) throw new AttemptLost();
        });
        return true;
      } catch (failure) {
        if (failure instanceof AttemptLost) return false;
        // Without a database the silence of this process ends the attempt.
        if (tries === SETTLE_ATTEMPTS || !isUnavailable(failure)) throw failure;
        await new Promise<void>((resolve) => clock.after(tries * POLL_MS, resolve));
      }
    }
  }

  const touchQueue = async (name: string) => {
    const own = [...attempts].filter(({ job }) => job.queue === name);
    if (own.length === 0) return;
    const alive = new Set(
      await queue.touch(
        name,
        own.map(({ job }) => job),
      ),
    );
    for (const { job, end } of own) if (!alive.has(job.id)) end.abort(new AttemptLost());
  };
  const beat = async () => {
    const names = new Set([...attempts].map(({ job }) => job.queue));
    // Without an answer nobody knows; the next beat asks again.
    await Promise.all([...names].map((name) => touchQueue(name).catch(() => undefined)));
    beatLater();
  };
  const beatLater = () => {
    if (!isBeating) return;
    stopBeats = clock.after(TOUCH_MS, () => void untraced(beat));
  };

  const wake = () => fetchers.forEach(({ look }) => look());
  return {
    start() {
      isPaused = false;
      isBeating = true;
      deps.session.listen(QUEUED_CHANNEL, wake);
      beatLater();
      wake();
    },
    roomFreed: () => fetchers.forEach(({ roomFreed }) => roomFreed()),
    abort,
    async close(graceMs) {
      isPaused = true;
      const fetched = Promise.all(fetchers.map(({ stop }) => stop()));
      const all = () => Promise.all([...attempts].map(({ done }) => done));
      const over = Promise.withResolvers<void>();
      const cancel = clock.after(graceMs, over.resolve);
      await Promise.race([all(), over.promise]);
      cancel();
      for (const { end } of attempts) end.abort(new Error('The process ends.'));
      await Promise.all([fetched, all()]);
      isBeating = false;
      stopBeats();
    },
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
