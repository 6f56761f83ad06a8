import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Pool, type PoolClient, type PoolConfig } from 'pg';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '#src/storage/embedded-postgres/embedded-postgres.ts';
import { guardPool, type DatabaseGuard } from '#src/storage/postgres/pool-guard.ts';
import { createDatabase, type Database } from '#src/storage/postgres/database.ts';
import { makeTestDir, testDatabase } from '#test/support/database.ts';
import { until } from '#test/support/until.ts';

describe('pool guard', () => {
  const database = testDatabase();
  let pool: Pool;
  beforeEach(() => {
    pool = new Pool({ connectionString: database.url, max: 2 });
    pool.on('error', () => {});
    pool.on('connect', (client) => client.on('error', () => {}));
    guardPool(pool);
  });
  afterEach(() => pool.end());

  it('takes back a client that ended while it was out, and ignores its later release', async () => {
    const client = await pool.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    assert.equal(pool.totalCount, 1);
    await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await until(() => pool.totalCount === 1);
    client.release();
    client.release();
    assert.equal(pool.totalCount, 1);
  });

  it('destroys a client whose session is still busy with a query that we gave up on', async () => {
    const client = await pool.connect();
    const query = { text: 'select pg_sleep(4)', query_timeout: 50 };
    await assert.rejects(client.query(query), /Query read timeout/);
    await until(() => pool.totalCount === 0);
    client.release();
    assert.equal((await pool.query('select 1 as one')).rows[0].one, 1);
  });

  it('gives out clients for cancelling whose loss does not end the process', () => {
    const { Client: PoolsClient } = pool as unknown as { Client: typeof Client };
    assert.throws(() => new Client().emit('error', new Error('lost')), /lost/);
    new PoolsClient().emit('error', new Error('lost'));
  });

  it('keeps a healthy client in the pool, also after an error in SQL', async () => {
    for (let round = 0; round < 5; round += 1) {
      const client = await pool.connect();
      await assert.rejects(client.query('select nonsense'), { code: '42703' });
      client.release();
    }
    assert.equal(pool.totalCount, 1);
    assert.equal(pool.idleCount, 1);
  });
});

describe('pool guard that is asked first', () => {
  const database = testDatabase();
  let pool: Pool;
  let told: string[];
  let refusal: Error | null;
  let ask: () => Promise<unknown>;
  const call = (kind: string) => {
    told.push(kind);
    return {
      begin: () => void told.push('begin'),
      succeed: () => void told.push('succeed'),
      fail: (error: unknown) => void told.push(`fail ${(error as { code: string }).code}`),
      ignore: () => void told.push('ignore'),
    };
  };
  const inThrees = (words: string[]) =>
    words.flatMap((_, i) => (i % 3 === 0 ? words.slice(i, i + 3).join(', ') : []));
  const guard: DatabaseGuard = {
    admit() {
      if (refusal !== null) throw refusal;
      return call('admit');
    },
    observe: () => call('observe'),
    askWith: (given) => void (ask = given),
  };
  const open = (url: string, options: PoolConfig = {}) => {
    told = [];
    refusal = null;
    pool = new Pool({ connectionString: url, max: 2, ...options });
    pool.on('error', () => {});
    guardPool(pool, guard);
  };
  afterEach(() => pool.end());

  it('is told of the first query of a checkout, and of those that follow', async () => {
    open(database.url);
    const client = await pool.connect();
    await client.query('begin');
    await assert.rejects(client.query('select nonsense'));
    await client.query('rollback');
    client.release();
    assert.deepEqual(inThrees(told), [
      'admit, begin, succeed',
      'observe, begin, fail 42703',
      'observe, begin, succeed',
    ]);
  });

  it('learns nothing from a connection that was taken and given back', async () => {
    open(database.url);
    (await pool.connect()).release();
    assert.deepEqual(told, ['admit', 'ignore']);
    (await pool.connect()).release(true);
    assert.deepEqual(told, ['admit', 'ignore', 'admit', 'ignore']);
  });

  it('is told when there is no connection, and takes none when it refuses', async () => {
    const nobody = new URL(database.url);
    nobody.port = '1';
    open(nobody.href);
    await assert.rejects(pool.connect(), { code: 'ECONNREFUSED' });
    assert.deepEqual(told, ['admit', 'fail ECONNREFUSED']);
    refusal = new Error('not now');
    await assert.rejects(pool.connect(), refusal);
    assert.equal(pool.totalCount, 0);
  });

  it('tells a statement that ran out of time from one that was cancelled, in every language', async () => {
    open(database.url, { statement_timeout: 200 });
    const late = await pool.connect();
    await assert.rejects(late.query('select pg_sleep(60)'), { code: '57014' });
    late.release(true);
    assert.deepEqual(told, ['admit', 'begin', 'fail 57014']);
    await pool.end();
    // Far more than a cancellation takes, on a busy machine, too.
    open(database.url, { statement_timeout: 60_000 });
    const client = await pool.connect();
    const other = await pool.connect();
    try {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const cancelled = assert.rejects(client.query('select pg_sleep(60)'), { code: '57014' });
      told.length = 0;
      // What has not begun cannot be cancelled.
      const cancel = `select pg_cancel_backend(pid) from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'`;
      await until(async () => (await other.query(cancel, [rows[0]?.pid])).rowCount === 1);
      await cancelled;
      assert.ok(told.includes('ignore'), told.join(', '));
      assert.ok(!told.some((word) => word.startsWith('fail')), told.join(', '));
    } finally {
      client.release(true);
      other.release(true);
    }
  });

  it('replaces what was connected before it had to ask, and waits for no hung query', async () => {
    open(database.url);
    const idle = await pool.connect();
    const busy = await pool.connect();
    const pidOf = async (client: PoolClient) =>
      (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
    const old = [await pidOf(idle), await pidOf(busy)];
    idle.release();
    const start = performance.now();
    const hung = assert.rejects(busy.query('select pg_sleep(4)'), /Connection terminated/);
    await ask();
    assert.equal(pool.totalCount, 2, 'a query may take its time');
    await until(async () => (await ask(), pool.totalCount === 1));
    assert.ok(performance.now() - start >= 2000);
    await hung;
    const fresh = await pool.connect();
    assert.ok(!old.includes(await pidOf(fresh)));
    assert.equal(pool.totalCount, 1);
    fresh.release();
  });

  it('does not stop a transaction that has begun', async () => {
    open(database.url);
    const client = await pool.connect();
    await client.query('begin');
    refusal = new Error('not now');
    await client.query('select 1');
    await client.query('commit');
    client.release();
    await assert.rejects(pool.connect(), refusal);
    assert.equal(pool.idleCount, 1);
  });
});

describe('pool guard in a crash of the server', () => {
  let server: EmbeddedPostgres;
  let db: Database;
  before(async () => {
    server = await startEmbeddedPostgres({ dataDir: makeTestDir(), log: () => {} });
    db = await createDatabase({ url: server.url, entities: [], maxConnections: 4 });
  });
  after(async () => {
    await db.close();
    await server.stop();
    rmSync(server.dataDir, { recursive: true, force: true });
  });

  it('has writes resume as soon as nothing lost is left in the pool, ten times in a row', async () => {
    await db.em().execute('create table written (n int)');
    const write = () =>
      db.em().transactional(async (em) => {
        await em.execute('insert into written values (1)');
        await em.execute('select pg_sleep(0.005)');
      });
    const stop = new AbortController();
    const load = Array.from({ length: 8 }, async () => {
      while (!stop.signal.aborted) {
        await write().catch(() => new Promise((resolve) => setTimeout(resolve, 5)));
      }
    });
    const pidFile = join(server.dataDir, 'postgres/postmaster.pid');
    const serverPid = () => {
      try {
        return Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
      } catch {
        return NaN; // Between two servers.
      }
    };
    /** Attempts that failed although the server took connections. */
    const failures: number[] = [];
    try {
      for (let crash = 1; crash <= 10; crash += 1) {
        await until(() => db.pool().total === 4);
        const crashed = serverPid();
        process.kill(crashed, 'SIGQUIT');
        // The pool may be whole again before anybody looks: a new server is what stays.
        await until(() => ![crashed, NaN].includes(serverPid()));
        await until(() => canConnect(server.url));
        let attempts = 0;
        await until(() => ((attempts += 1), write()));
        failures.push(attempts - 1);
      }
    } finally {
      stop.abort();
      await Promise.all(load);
    }
    // At most one for each connection that was lost, and the others do their share.
    assert.ok(Math.max(...failures) <= 4, failures.join(', '));
    assert.ok(db.pool().total <= 4);
    assert.equal(db.pool().waiting, 0);
    assert.equal(db.pool().idle, db.pool().total);
  });
});

async function canConnect(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 500 });
  client.on('error', () => {});
  await client.connect();
  await client.end();
}
