import assert from 'node:assert/strict';
import { createDatabase, type Database } from '#src/storage/postgres/database.ts';
import { causesOf } from '#src/errors.ts';
import { isUnavailable } from '#src/storage/postgres/errors.ts';
import { testDatabase } from '#test/support/database.ts';
import { startFaultProxy, type FaultProxy } from '#test/support/fault-proxy.ts';
import { until } from '#test/support/until.ts';

const run = (db: Database, sql: string, signal?: AbortSignal) =>
  db.em(signal).execute<{ n: number }[]>(sql);

/** The work fails because the database is unavailable. */
async function isRefused(work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => isUnavailable(error) || assert.fail(String(error)));
}

describe('database connection', () => {
  const { sizeOfPool, ...test } = { sizeOfPool: 3, database: testDatabase({ maxConnections: 3 }) };
  const opened: Database[] = [];
  const open = async (options: { url?: string; statementTimeoutMs?: number } = {}) => {
    const db = await createDatabase({ url: test.database.url, entities: [], ...options });
    opened.push(db);
    return db;
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((db) => db.close()));
  });

  it('limits every wait in the session itself, and compiles nothing', async () => {
    const names = [
      'statement_timeout',
      'lock_timeout',
      'idle_in_transaction_session_timeout',
      'application_name',
      'jit',
    ];
    const [row] = await run(
      test.database.db,
      `select ${names.map((name) => `current_setting('${name}') as ${name}`).join(', ')}`,
    );
    assert.deepEqual(row, {
      statement_timeout: '5s',
      lock_timeout: '3s',
      idle_in_transaction_session_timeout: '10s',
      application_name: 'sono-eval',
      jit: 'off',
    });
  });

  it('opens as many connections as the URL allows and no more', async () => {
    const db = await open({ url: `${test.database.url}?max_connections=2` });
    assert.equal(db.pool().max, 2);
    const pids = await Promise.all(
      Array.from({ length: 6 }, () => run(db, 'select pg_backend_pid() as n, pg_sleep(0.02)')),
    );
    assert.equal(new Set(pids.map(([row]) => row?.n)).size, 2);
    assert.equal(db.pool().total, 2);
  });

  it('fails those who wait too long for a connection, while ping still answers', async () => {
    const db = await open({
      url: `${test.database.url}?max_connections=${sizeOfPool}`,
      statementTimeoutMs: 300_000,
    });
    const release = new AbortController();
    let held = 0;
    const holders = Array.from({ length: sizeOfPool }, () =>
      run(db, 'select pg_sleep(250)', release.signal)
        .catch(() => {})
        .finally(() => (held += 1)),
    );
    await until(() => db.pool().total === sizeOfPool && db.pool().idle === 0);
    const begunAt = performance.now();
    const waits = Array.from({ length: 20 }, () => isRefused(run(db, 'select 1')));
    await db.ping(10_000);
    await Promise.all(waits);
    assert.ok(performance.now() - begunAt > 900, 'they waited');
    assert.equal(held, 0, 'not for those who have them');
    release.abort();
    await Promise.all(holders);
    await until(() => run(db, 'select 1').then(() => {}));
    assert.equal(db.pool().waiting, 0);
  });

  it('cancels the query of an aborted request in the server and has its connection back', async () => {
    const db = await open({ statementTimeoutMs: 300_000 });
    const controller = new AbortController();
    const work = run(db, "select pg_sleep(250), 'to-be-cancelled'", controller.signal);
    const running = `select count(*)::int as n from pg_stat_activity
      where state = 'active' and query like '%to-be-cancelled%' and pid <> pg_backend_pid()`;
    await until(async () => (await run(db, running))[0]?.n === 1);
    const reason = new Error('the client has gone');
    controller.abort(reason);
    await assert.rejects(work, (error) => causesOf(error).includes(reason));
    await until(async () => (await run(db, running))[0]?.n === 0);
    await until(() => db.pool().idle === db.pool().total);
  });

  it('does not begin what is aborted before', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    await assert.rejects(run(test.database.db, 'select 1', signal), /too late/);
  });

  it('rolls an aborted transaction back', async () => {
    const { db } = test.database;
    await run(db, 'create table if not exists aborted (n int)');
    const controller = new AbortController();
    const work = db.em(controller.signal).transactional(async (em) => {
      await em.execute('insert into aborted values (1)');
      queueMicrotask(() => controller.abort(new Error('gone')));
      await em.execute('select pg_sleep(4)');
    });
    await assert.rejects(work, /gone/);
    assert.deepEqual(await run(db, 'select * from aborted'), []);
    await until(() => db.pool().idle === db.pool().total);
  });

  it('survives the loss of idle, busy and waiting connections (57P01), ten times in a row', async () => {
    const { db } = test.database;
    const other = await open({ url: `${test.database.url}?max_connections=1` });
    for (let round = 1; round <= 10; round += 1) {
      const lost = Promise.withResolvers<void>();
      const busy = isRefused(run(db, 'select pg_sleep(4)'));
      const transaction = isRefused(
        db.em().transactional(async (em) => {
          await em.execute('select 1');
          await lost.promise;
          await em.execute('select 1');
        }),
      );
      await run(db, 'select 1');
      await until(() => db.pool().total === 3 && db.pool().idle === 1);
      await run(
        other,
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      );
      await until(() => db.pool().total === 0);
      lost.resolve();
      await Promise.all([busy, transaction]);
      const works = Array.from({ length: 6 }, () => run(db, 'select 1'));
      await Promise.all(works);
      assert.ok(db.pool().total <= sizeOfPool);
      assert.equal(db.pool().waiting, 0);
      await until(() => db.ping(500));
    }
  });

  describe('over a broken network', () => {
    let proxy: FaultProxy;
    beforeEach(async () => {
      proxy = await startFaultProxy({ port: Number(new URL(test.database.url).port) });
    });
    afterEach(() => proxy.close());
    const proxied = () => {
      const url = new URL(test.database.url);
      url.port = String(proxy.port);
      return url.href;
    };

    it('can be set up while the server is away, fails at once, and works when it comes', async () => {
      await proxy.set({ kind: 'refuse' });
      const db = await open({ url: proxied() });
      await isRefused(run(db, 'select 1'));
      await assert.rejects(db.ping(200));
      await proxy.set({ kind: 'pass' });
      await run(db, 'select 1');
      await db.ping(1000);
    });

    it('closes while connections are being made', async () => {
      const db = await createDatabase({ url: proxied(), entities: [] });
      await run(db, 'select 1');
      await proxy.set({ kind: 'delay', ms: 30 });
      const works = Array.from({ length: 5 }, () => run(db, 'select 1'));
      await until(() => db.pool().total === 5);
      const closed = db.close();
      await Promise.allSettled(works);
      await closed;
    });

    it('gives up on a server that has gone silent, and has a whole pool when it is back', async () => {
      const db = await open({
        url: `${proxied()}?max_connections=2`,
        statementTimeoutMs: 100,
      });
      for (let round = 1; round <= 3; round += 1) {
        await Promise.all([run(db, 'select 1'), run(db, 'select 1'), db.ping(1000)]);
        await proxy.set({ kind: 'black-hole' });
        // Nothing ever answers: that these end is due to their own limits.
        await assert.rejects(db.ping(200));
        const works = [
          isRefused(run(db, 'select 1')),
          isRefused(db.em().transactional((em) => em.execute('select 1'))),
        ];
        await Promise.all(works);
        await proxy.set({ kind: 'pass' });
        await until(() =>
          db.em().transactional(async (em) => {
            await em.execute('select 1');
          }),
        );
        await until(() => db.ping(200));
        assert.ok(db.pool().total <= 2);
        assert.equal(db.pool().waiting, 0);
      }
    });

    it('takes a reply that breaks off for what it is', async () => {
      const db = await open({ url: proxied() });
      await run(db, 'select 1');
      await proxy.set({ kind: 'reset-reply' });
      await isRefused(run(db, "select repeat('x', 1000)"));
      await proxy.set({ kind: 'pass' });
      await run(db, 'select 1');
    });
  });
});
