import assert from 'node:assert/strict';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { attr } from '#telemetry/conventions.ts';
import type { Logger } from '#telemetry/logger.ts';
import { endBatch, insertBatch } from '#src/features/jobs/batch-store.ts';
import type { JobService } from '#src/features/jobs/job-service.ts';
import type { JobRow } from '#src/features/jobs/job-store.ts';
import { singles } from '#src/features/jobs/job.ts';
import { createUpkeep } from '#src/features/jobs/upkeep.ts';
import { inTransaction } from '#src/storage/postgres/transaction.ts';
import { testDatabase } from '#test/support/database.ts';

const jobId = (n: number) => `job_00000000-0000-4000-8000-00000000000${n}`;
const unused = () => assert.fail('not used');

describe('the upkeep of jobs', () => {
  const database = testDatabase();
  const em = () => database.db.em();
  const long = new Date(0);

  const addJob = (id: string, job: { batch?: string; endedAt?: Date } = {}) =>
    em().execute(
      `insert into assessment_jobs (id, owner, assessment_id, batch_id, item, queue, status, is_sent, is_dead,
         priority, attempts, progress, revision, created_at, finished_at)
       values (?, 'ada', 'assess_a', ?, 0, ?, 'queued', true, false, 0, 0, 0, 1, ?, ?)`,
      [id, job.batch ?? null, singles.name, long, job.endedAt ?? null],
    );
  const addBatch = (id: string, endedAt?: Date) =>
    inTransaction(em(), async (tx) => {
      await insertBatch(tx, { id, owner: 'ada', total: 1, callback_url: null, created_at: long });
      if (endedAt !== undefined) await endBatch(tx, id, endedAt);
    });
  const ids = async (table: string) => {
    const rows = await em().execute<{ id: string }[]>(`select id from ${table} order by id`);
    return rows.map(({ id }) => id);
  };
  /** Once. @returns what was logged of which job or batch */
  const look = async (jobs: Partial<JobService>, session: () => SqlEntityManager = em) => {
    const logged: unknown[][] = [];
    const write: Logger['warn'] = (message, fields) =>
      void logged.push([message, fields?.[attr.job]]);
    const over = Promise.withResolvers<void>();
    const upkeep = createUpkeep({
      em: session,
      session: { tryLock: () => Promise.resolve({ release: () => Promise.resolve() }) },
      jobs: jobs as JobService,
      retentionDays: 1,
      queues: [singles.name],
      after(_ms, run) {
        over.resolve();
        return run;
      },
      now: () => new Date(),
      log: { debug() {}, info() {}, warn: write, error: write, child: unused },
    });
    upkeep.start();
    await over.promise;
    return logged;
  };

  afterEach(() => em().execute('truncate assessment_jobs, assessment_batches'));

  it('goes on after a job or a batch that fails, and tells of the death of those alone that it ended', async () => {
    for (const n of [1, 2, 3]) await addJob(jobId(n));
    for (const id of ['batch_1', 'batch_2']) await addBatch(id);
    await addJob(jobId(4), { endedAt: long });
    const moved: string[] = [];
    const logged = await look({
      end(_tx, id) {
        if (id === jobId(1)) return Promise.reject(new Error('lost'));
        // The second one has ended meanwhile.
        return Promise.resolve(id === jobId(2) ? undefined : ({} as JobRow));
      },
      moveBatchOn(_tx, id) {
        moved.push(id);
        return id === 'batch_1' ? Promise.reject(new Error('lost')) : Promise.resolve();
      },
    });
    assert.deepEqual(moved, ['batch_1', 'batch_2']);
    assert.deepEqual(logged, [
      ['A job or a batch was not looked after', jobId(1)],
      ['A job is dead: its process ended at each attempt', jobId(3)],
      ['A job or a batch was not looked after', 'batch_1'],
    ]);
    assert.deepEqual(await ids('assessment_jobs'), [1, 2, 3].map(jobId), 'what is old is removed');
  });

  it('removes what ended long ago, a few batches at a time', async () => {
    for (const n of [1, 2, 3, 4, 5, 6, 7]) {
      await addBatch(`batch_${n}`, long);
      await addJob(jobId(n), { batch: `batch_${n}`, endedAt: long });
    }
    await addBatch('batch_8', new Date());
    await addJob(jobId(8), { endedAt: long });
    await addJob(jobId(9), { endedAt: new Date() });
    const steps: number[] = [];
    const counted = () => {
      const own = em();
      const execute = own.execute.bind(own);
      return Object.assign(own, {
        async execute(sql: string, values?: unknown[]) {
          const rows = await execute<unknown[]>(sql, values);
          if (sql.startsWith('delete from assessment_batches')) steps.push(rows.length);
          return rows;
        },
      });
    };
    assert.deepEqual(await look({}, counted), []);
    assert.deepEqual(steps, [5, 2]);
    assert.deepEqual(await ids('assessment_batches'), ['batch_8']);
    assert.deepEqual(await ids('assessment_jobs'), [jobId(9)]);
  });
});
