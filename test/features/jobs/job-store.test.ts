import assert from 'node:assert/strict';
import { endBatch, insertBatch, reopenBatch, takeWaiting } from '#src/features/jobs/batch-store.ts';
import { items, singles } from '#src/features/jobs/job.ts';
import { outlookOf } from '#src/features/jobs/job-order.ts';
import {
  endJob,
  findJob,
  insertJob,
  reviveJob,
  type NewJob,
} from '#src/features/jobs/job-store.ts';
import { batchRevision, batchStanding } from '#src/features/jobs/present-job.ts';
import { inTransaction, type Transaction } from '#src/storage/postgres/transaction.ts';
import { testDatabase } from '#test/support/database.ts';

describe('the rows of jobs', () => {
  const database = testDatabase();
  const em = () => database.db.em();
  const write = <T>(work: (tx: Transaction) => Promise<T>) => inTransaction(em(), work);
  const add = (id: string, job: Partial<NewJob> = {}) =>
    write((tx) =>
      insertJob(tx, {
        id: `job_${id}`,
        owner: 'ada',
        candidateId: null,
        assessmentId: `assess_${id}`,
        batch: null,
        queue: singles.name,
        isSent: true,
        priority: 0,
        input: '{}',
        reassessmentOf: null,
        rubric: null,
        callbackUrl: null,
        problem: null,
        createdAt: new Date(),
        ...job,
      }),
    );
  const took = (id: string, seconds: number) =>
    em().execute(
      `update assessment_jobs set status = 'completed', finished_at = now(),
         started_at = now() - make_interval(secs => ?) where id = ?`,
      [seconds, `job_${id}`],
    );

  it('tell how long one has to wait by what others of its queue took', async () => {
    await add('single');
    await took('single', 8);
    await add('item', { queue: items.name });
    await took('item', 2);
    await add('waiting');
    const row = await findJob(em(), 'job_waiting', null);
    assert.ok(row);
    const { position, expectedWaitSeconds } = await outlookOf(em(), row);
    assert.deepEqual([position, expectedWaitSeconds], [1, 8]);
  });

  it('give each state of a batch another revision, which is told without reading it', async () => {
    const batch = { id: 'batch_b', owner: 'ada', total: 2, callback_url: null };
    await write((tx) => insertBatch(tx, { ...batch, created_at: new Date() }));
    for (const item of [0, 1]) await add(`changed_${item}`, { batch: { id: 'batch_b', item } });
    const seen = new Set<number | undefined>();
    const look = async () => {
      const revision = await batchRevision(em(), 'batch_b', 'ada');
      assert.equal(revision, (await batchStanding(em(), 'batch_b', 'ada')).revision);
      seen.add(revision);
    };
    await look();
    await write((tx) => tx.execute(`delete from assessment_jobs where id = 'job_changed_0'`));
    await look();
    const dead = { status: 'failed', isDead: true } as const;
    await write((tx) => endJob(tx, 'job_changed_1', null, dead, new Date()));
    await look();
    await write((tx) => endBatch(tx, 'batch_b', new Date()));
    await look();
    await write((tx) => reviveJob(tx, 'job_changed_1'));
    await write((tx) => reopenBatch(tx, 'batch_b'));
    await look();
    assert.equal(seen.size, 5);
    assert.equal(await batchRevision(em(), 'batch_b', 'bob'), undefined);
  });

  it('are taken of a batch in the order of its items, each behind the one before', async () => {
    await write((tx) =>
      insertBatch(tx, {
        id: 'batch_a',
        owner: 'ada',
        total: 4,
        callback_url: null,
        created_at: new Date(),
      }),
    );
    for (const item of [3, 1, 0, 2]) {
      const batch = { id: 'batch_a', item };
      await add(`of_batch_${9 - item}`, { batch, queue: items.name, isSent: false });
    }
    const taken = await write((tx) => takeWaiting(tx, 'batch_a', { count: 3, priority: -5 }));
    assert.deepEqual(taken, [
      { id: 'job_of_batch_9', priority: -5 },
      { id: 'job_of_batch_8', priority: -6 },
      { id: 'job_of_batch_7', priority: -7 },
    ]);
    const [left, ...others] = await write((tx) =>
      takeWaiting(tx, 'batch_a', { count: 3, priority: 0 }),
    );
    assert.deepEqual([left, others], [{ id: 'job_of_batch_6', priority: 0 }, []]);
  });
});
