import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '#telemetry/logger.ts';
import { startSession } from '#src/storage/postgres/session.ts';
import { inTransaction, type Transaction } from '#src/storage/postgres/transaction.ts';
import { createQueue, type JobQueue } from '#src/storage/queue/queue.ts';
import { AttemptLost, type QueueDefinition } from '#src/storage/queue/definition.ts';
import { createWorker, type JobOutcome, type QueueWorker } from '#src/storage/queue/worker.ts';
import { after as timer, systemClock } from '#src/time/clock.ts';
import { testDatabase } from '#test/support/database.ts';
import { until } from '#test/support/until.ts';

const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silent,
};

interface Settings {
  places: number;
  hasRoom: () => boolean;
  after: typeof timer;
}

describe('the queue', () => {
  const database = testDatabase();
  const lost = new Error('lost');
  let queue: JobQueue;
  let started: QueueWorker[] = [];
  let sessions: { close: () => Promise<void> }[] = [];
  const outcomes: [string, JobOutcome][] = [];
  const logged: string[] = [];
  const log: Logger = {
    ...silent,
    warn: (message) => void logged.push(message),
    error: (message) => void logged.push(message),
  };

  const options = (name: string, retries = 0) => ({
    name,
    retries,
    backoff: { firstSeconds: 1, maxSeconds: 1 },
    timeoutSeconds: 60,
  });
  const plain = { ...options('plain'), work: () => Promise.resolve() };

  before(async () => {
    queue = createQueue({
      database: { query: (text, values) => database.db.query(text, values) },
      queues: [options('plain'), options('again', 1), options('other')],
      log: silent,
      wait: (ms, signal) => wait(ms, undefined, { signal }),
    });
    await queue.start(new AbortController().signal);
  });
  afterEach(async () => {
    await Promise.all(started.map((worker) => worker.close(1000)));
    await Promise.all(sessions.map((session) => session.close()));
    [started, sessions] = [[], []];
    outcomes.length = 0;
    logged.length = 0;
    await database.db.em().execute('delete from pgboss.job');
  });
  after(() => queue.close());

  const write = <T>(work: (tx: Transaction) => Promise<T>) => inTransaction(database.db.em(), work);
  const send = (name: string, job = {}) => write((tx) => queue.send(tx, name, job));
  const startWorker = (
    queues: QueueDefinition[],
    {
      places = 1,
      hasRoom = () => true,
      after = timer,
      ...changed
    }: Partial<JobQueue> & Partial<Settings> = {},
  ) => {
    const session = startSession(database.url, `process ${randomUUID()}`);
    const worker = createWorker({
      queue: { ...queue, ...changed },
      lanes: [{ queues, places, hasRoom }],
      em: () => database.db.em(),
      session,
      events: {
        started() {},
        ended: (name, outcome) => outcomes.push([name, outcome]),
      },
      log,
      clock: { ...systemClock, after },
    });
    started.push(worker);
    sessions.push(session);
    worker.start();
    return worker;
  };
  const states = async () => {
    const rows = await database.db
      .em()
      .execute<{ state: string; retry_count: number }[]>(
        'select state, retry_count from pgboss.job',
      );
    return rows.map(({ state, retry_count }) => [state, retry_count]);
  };
  const work = (name: string, run: QueueDefinition['work'], retries = 0): QueueDefinition => ({
    ...options(name, retries),
    work: run,
  });

  /** Does nothing until its signal aborts. */
  const idle = (name: string, began: () => void = () => {}) =>
    work(name, async (_job, signal) => {
      began();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(lost)));
    });

  it('takes a job with the transaction, or not at all', async () => {
    await assert.rejects(
      write(async (tx) => {
        await queue.send(tx, 'plain');
        throw lost;
      }),
      lost,
    );
    assert.deepEqual(await states(), []);
    await send('plain');
    assert.deepEqual(await states(), [['created', 0]]);
  });

  it('refuses a second job with the same id', async () => {
    const id = randomUUID();
    assert.equal(await send('plain', { id }), id);
    await assert.rejects(send('plain', { id }), /did not take/);
  });

  it('works for what was sent before and what is sent meanwhile, earlier for a higher priority', async () => {
    const done: unknown[] = [];
    const one = work('plain', ({ data }) => {
      done.push(data['number']);
      return Promise.resolve();
    });
    await send('plain', { data: { number: 2 } });
    await send('plain', { data: { number: 1 }, priority: 1 });
    startWorker([one]);
    await until(() => done.length === 2);
    await send('plain', { data: { number: 3 } });
    await until(() => outcomes.length === 3);
    assert.deepEqual(done, [1, 2, 3]);
    assert.ok(outcomes.every(([, outcome]) => outcome === 'completed'));
  });

  it('asks the queues of a lane in turn', async () => {
    const order: string[] = [];
    const both = ['plain', 'other'].map((name) =>
      work(name, () => {
        order.push(name);
        return Promise.resolve();
      }),
    );
    for (const name of ['plain', 'plain', 'plain', 'other', 'other']) await send(name);
    startWorker(both);
    await until(() => order.length === 5);
    assert.deepEqual(order, ['plain', 'other', 'plain', 'other', 'plain']);
  });

  it('begins what waits for room as soon as there is some, without the next poll', async () => {
    let room = 0;
    let asked = 0;
    const worker = startWorker([plain], {
      hasRoom() {
        asked += 1;
        return room > 0;
      },
      after: () => () => {},
    });
    await send('plain');
    // At the start, and for the notification.
    await until(() => asked >= 2);
    room = 1;
    worker.roomFreed();
    await until(() => outcomes.length === 1);
    asked = 0;
    worker.roomFreed();
    assert.equal(asked, 0, 'there was room before');
  });

  it('tries a failed job again, then leaves it dead, and says so in the transaction', async () => {
    const told: [unknown, boolean][] = [];
    const broken = work('again', () => Promise.reject(lost), 1);
    await send('again');
    startWorker([
      {
        ...broken,
        failed(_tx, _job, error, isDead) {
          told.push([error, isDead]);
          return Promise.resolve();
        },
      },
    ]);
    await until(() => outcomes.length === 2);
    assert.deepEqual(
      outcomes.map(([, outcome]) => outcome),
      ['retried', 'dead'],
    );
    assert.deepEqual(told, [
      [lost, false],
      [lost, true],
    ]);
    assert.deepEqual(await states(), [['failed', 1]]);
  });

  it('stores nothing for an attempt that was cancelled', async () => {
    const id = await send('plain');
    const began = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    startWorker([
      work('plain', async (job) => {
        began.resolve();
        await go.promise;
        await inTransaction(database.db.em(), async (tx) => {
          await tx.execute('create table stored (id int)');
          await job.complete(tx);
        });
      }),
    ]);
    await began.promise;
    await write((tx) => queue.cancel(tx, 'plain', id));
    go.resolve();
    await until(() => outcomes.length === 1);
    assert.deepEqual(outcomes, [['plain', 'lost']]);
    const [table] = await database.db
      .em()
      .execute<{ name: null }[]>(`select to_regclass('stored') as name`);
    assert.equal(table?.name, null);
  });

  it('tells a running attempt by its signal that it was cancelled elsewhere', async () => {
    const id = await send('plain');
    const began = Promise.withResolvers<void>();
    startWorker([
      work('plain', async (_job, signal) => {
        began.resolve();
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(lost)));
      }),
    ]);
    await began.promise;
    await write((tx) => queue.cancel(tx, 'plain', id));
    await until(() => outcomes.length === 1);
    assert.deepEqual(outcomes, [['plain', 'lost']]);
  });

  it('hands back at its end what it could not finish, as if it had not begun', async () => {
    await send('plain');
    const began = Promise.withResolvers<void>();
    const worker = startWorker([
      work('plain', async (_job, signal) => {
        began.resolve();
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(lost)));
      }),
    ]);
    await began.promise;
    await worker.close(0);
    assert.deepEqual(outcomes, [['plain', 'handed_back']]);
    assert.deepEqual(await states(), [['created', 0]]);
    startWorker([plain]);
    await until(() => outcomes.length === 2);
    assert.deepEqual(await states(), [['completed', 0]]);
  });

  it('gives its own job, when it gets it again, to the new attempt alone', async () => {
    const id = await send('plain');
    let begun = 0;
    const worker = startWorker(
      [
        idle('plain', () => {
          begun += 1;
        }),
      ],
      { places: 2 },
    );
    await until(() => begun === 1);
    // As after a silence of this process.
    await database.db
      .em()
      .execute(`update pgboss.job set state = 'retry', retry_count = 1, start_after = now()`);
    await until(() => outcomes.length === 1);
    assert.deepEqual(outcomes, [['plain', 'lost']], 'the former attempt');
    assert.equal(begun, 2);
    worker.abort(id, new AttemptLost());
    await until(() => outcomes.length === 2);
  });

  it('begins nothing after its end, and hands back what a fetch in flight brings', async () => {
    await send('plain');
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    let begun = 0;
    const counted = work('plain', () => {
      begun += 1;
      return Promise.resolve();
    });
    const worker = startWorker([counted], {
      async fetch(name) {
        const job = await queue.fetch(name);
        asked.resolve();
        await answer.promise;
        return job;
      },
    });
    await asked.promise;
    const closed = worker.close(1000);
    answer.resolve();
    await closed;
    assert.deepEqual([begun, await states()], [0, [['created', 0]]]);
  });

  it('gives no sign of life after its end', async () => {
    await send('plain');
    const began = Promise.withResolvers<void>();
    const touching = Promise.withResolvers<void>();
    const touched = Promise.withResolvers<string[]>();
    const timers = new Set<() => void>();
    const worker = startWorker([idle('plain', began.resolve)], {
      after(_ms, run) {
        timers.add(run);
        return () => void timers.delete(run);
      },
      touch() {
        touching.resolve();
        return touched.promise;
      },
    });
    await began.promise;
    const pass = () => {
      for (const run of timers) {
        timers.delete(run);
        run();
      }
    };
    pass();
    await touching.promise;
    const closed = worker.close(0);
    pass();
    await closed;
    timers.clear();
    touched.resolve([]);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(timers.size, 0);
  });

  it('says that a job is handed back in the transaction that does so, or not at all', async () => {
    for (const isLost of [false, true]) {
      await send('plain');
      const began = Promise.withResolvers<void>();
      const seen: unknown[] = [];
      const worker = startWorker(
        [
          {
            ...idle('plain', began.resolve),
            async handedBack(tx) {
              await queue.send(tx, 'other');
              seen.push(await states());
            },
          },
        ],
        isLost ? { handBack: () => Promise.resolve(false) } : {},
      );
      await began.promise;
      await worker.close(0);
      assert.deepEqual(seen, [[['active', 0]]], 'nobody else can have begun');
      const stored = isLost ? ['active 0'] : ['created 0', 'created 0'];
      assert.deepEqual(
        (await states()).map((each) => each.join(' ')),
        stored,
      );
      await database.db.em().execute('delete from pgboss.job');
    }
  });

  it('waits for rows of the feature before it holds one of the queue, as who cancels a job does', async () => {
    let told = () => {};
    const lock = async (tx: Transaction) => {
      told();
      await tx.execute('select from own for update');
    };
    const definitions = [
      { ...work('again', () => Promise.reject(lost), 1), failed: lock },
      { ...idle('plain', () => told()), handedBack: lock },
    ];
    await database.db.em().execute('create table own as select 1 as id');
    for (const definition of definitions) {
      const next = () => new Promise<void>((resolve) => (told = resolve));
      const id = await send(definition.name);
      await write(async (tx) => {
        await tx.execute('select from own for update');
        let waits = next();
        const worker = startWorker([definition]);
        await waits;
        if ('handedBack' in definition) {
          waits = next();
          void worker.close(0);
          await waits;
        }
        // With the other order this would be a deadlock.
        await tx.execute('select from pgboss.job where id = ? for update nowait', [id]);
        await queue.cancel(tx, definition.name, id);
      });
      await until(() => outcomes.length === 1);
      assert.deepEqual(outcomes.pop(), [definition.name, 'lost']);
      assert.deepEqual(await states(), [['cancelled', 0]]);
      await database.db.em().execute('delete from pgboss.job');
    }
  });

  it('says that a job is dead once that is stored, and not when the attempt was lost or it cannot be', async () => {
    const broken = work('plain', () => Promise.reject(lost));
    await send('plain');
    const answers = [() => Promise.resolve(false), () => Promise.reject(lost)];
    startWorker([broken], {
      fail: (tx, attempt, reason) => (answers.shift() ?? (() => queue.fail(tx, attempt, reason)))(),
    });
    await until(() => outcomes.length === 1);
    assert.deepEqual([outcomes.pop(), logged], [['plain', 'lost'], []]);
    await send('plain');
    await until(() => outcomes.length === 1);
    assert.deepEqual(outcomes.pop(), ['plain', 'lost']);
    assert.match(logged.pop() ?? '', /could not be stored/);
    await send('plain');
    await until(() => outcomes.length === 1);
    assert.deepEqual([outcomes, logged], [[['plain', 'dead']], ['A job is dead']]);
  });
});
