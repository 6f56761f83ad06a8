/** Who begins when others have sent much more: counted in jobs that begin, not in time. */
import assert from 'node:assert/strict';
import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '#telemetry/logger.ts';
import type { AssessmentInput } from '#src/engine/contract.ts';
import { insertBatch } from '#src/features/jobs/batch-store.ts';
import { items, jobIdOf, singles } from '#src/features/jobs/job.ts';
import { createJobService } from '#src/features/jobs/job-service.ts';
import { startSession, type DatabaseSession } from '#src/storage/postgres/session.ts';
import { inTransaction, type Transaction } from '#src/storage/postgres/transaction.ts';
import type { RunningJob } from '#src/storage/queue/definition.ts';
import { createQueue, type JobQueue, type QueueOptions } from '#src/storage/queue/queue.ts';
import { createWorker, type QueueWorker } from '#src/storage/queue/worker.ts';
import { after as timer, systemClock } from '#src/time/clock.ts';
import { testDatabase } from '#test/support/database.ts';
import { until } from '#test/support/until.ts';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
/** Jobs at a time, as engine threads. */
const PLACES = 2;
const input: AssessmentInput = {
  candidate_id: 'ada',
  submission_type: 'code',
  content: { code: 'x' },
  paths_to_evaluate: ['technical'],
  options: {},
};

describe('fairness between callers', () => {
  const database = testDatabase();
  let queue: JobQueue;
  let worker: QueueWorker;
  let session: DatabaseSession;
  /** Owners of what has begun, in that order. */
  const begun: string[] = [];
  /** Lets one that runs end. */
  const gates: (() => void)[] = [];
  const em = () => database.db.em();
  const write = <T>(work: (tx: Transaction) => Promise<T>) => inTransaction(em(), work);
  const service = () =>
    createJobService({
      queue,
      batchSize: 4,
      onFinished: () => Promise.resolve(),
      newId: randomUUIDv7,
      now: systemClock.now,
    });

  before(async () => {
    queue = createQueue({
      database: database.db,
      queues: [singles, items],
      log: silent,
      wait: (ms, signal) => wait(ms, undefined, { signal }),
    });
    await queue.start(new AbortController().signal);
    session = startSession(database.url, `process ${randomUUID()}`);
    const jobs = service();
    const define = (options: QueueOptions) => ({
      ...options,
      async work(job: RunningJob) {
        const id = jobIdOf(job.id);
        const [row] = await em().execute<{ owner: string }[]>(
          'select owner from assessment_jobs where id = ?',
          [id],
        );
        begun.push(row?.owner ?? '');
        await new Promise<void>((resolve) => gates.push(resolve));
        await write(async (tx) => {
          await jobs.end(tx, id, { status: 'completed' });
          await job.complete(tx);
        });
      },
    });
    worker = createWorker({
      queue,
      lanes: [{ queues: [define(singles), define(items)], places: PLACES }],
      em,
      session,
      events: { started() {}, ended() {} },
      log: silent,
      clock: { ...systemClock, after: timer },
    });
  });
  after(async () => {
    for (const open of gates) open();
    await worker.close(0);
    await session.close();
    await queue.close();
  });

  /** As `POST /api/v1/assessments/batch` leaves it. */
  const addBatch = (owner: string, total: number) =>
    write(async (tx) => {
      const id = `batch_${randomUUIDv7()}`;
      const batch = { id, owner, total, callback_url: null, created_at: systemClock.now() };
      await insertBatch(tx, batch);
      await tx.execute(
        `insert into assessment_jobs (id, owner, assessment_id, batch_id, item, queue, status, is_sent, is_dead,
           priority, attempts, progress, revision, input, created_at)
         select 'job_' || gen_random_uuid(), ?, 'assess_x', ?, n, ?, 'queued', false, false, 0, 0, 0, 1, '{}', now()
         from generate_series(1, ?::int) n`,
        [owner, id, items.name, total],
      );
      await service().moveBatchOn(tx, id);
    });
  const addSingle = (owner: string) =>
    write((tx) => service().accept(tx, { input, owner, callbackUrl: null }));
  /** @returns how many others began after `from` and before one of the owner's did */
  const waited = async (owner: string, from: number) => {
    for (let seen = from; ; seen += 1) {
      await until(() => begun.length > seen);
      if (begun[seen] === owner) return seen - from;
      gates.shift()?.();
    }
  };

  it('has a single job, or the first of a batch, begin within two job times', async () => {
    for (let n = 0; n < 50; n += 1) await addBatch('busy', 100);
    worker.start();
    await until(() => begun.length === PLACES && gates.length === PLACES);
    await addSingle('quick');
    gates.shift()?.();
    assert.ok((await waited('quick', PLACES)) < 2 * PLACES, String(begun));
    for (let n = 0; n < 20; n += 1) await addSingle('busy');
    await addSingle('second');
    const from = begun.length;
    gates.shift()?.();
    assert.ok((await waited('second', from)) < 2 * PLACES, String(begun));
    await addBatch('third', 100);
    const then = begun.length;
    gates.shift()?.();
    assert.ok((await waited('third', then)) < 2 * PLACES, String(begun));
  });

  it('takes an account for one caller, with the keys that it makes for itself and revokes', async () => {
    const account = `user_${randomUUID()}`;
    await em().execute(
      `insert into users (id, username, password_hash, role, token_version, disabled, created_at, updated_at)
       values (?, 'grace', '', 'assessor', 1, false, now(), now())`,
      [account],
    );
    const addKey = (id: string, perMinute: number | null) =>
      em().execute(
        `insert into api_keys (id, secret_hmac, last_four, name, role, user_id, per_minute, per_hour, created_by,
           revoked_at, created_at)
         values (?, '', '', 'x', 'assessor', ?, ?, ?, ?, now(), now())`,
        [id, account, perMinute, perMinute, account],
      );
    await addKey('aaaaaaaaaaaa', null);
    await addKey('bbbbbbbbbbbb', null);
    await addKey('cccccccccccc', 7);
    const priorities = [];
    // One with numbers of its own counts for itself.
    for (const owner of [account, 'key_aaaaaaaaaaaa', 'key_bbbbbbbbbbbb', 'key_cccccccccccc']) {
      const { jobId } = await addSingle(owner);
      const [row] = await em().execute<{ priority: number }[]>(
        'select priority from assessment_jobs where id = ?',
        [jobId],
      );
      priorities.push(row?.priority);
    }
    assert.deepEqual(priorities, [0, -1, -2, 0]);
  });
});
