import assert from 'node:assert/strict';
import { Pool, type PoolConfig } from 'pg';
import { guardPool } from '#src/storage/postgres/pool-guard.ts';
import { testDatabase } from '#test/support/database.ts';

const CONNECT_MS = 1000;

/** One callback that takes longer than the driver's limit. */
function work(): void {
  const end = performance.now() + 1.5 * CONNECT_MS;
  while (performance.now() < end);
}

describe('a pool in a busy process', () => {
  const database = testDatabase();
  let pool: Pool;
  const open = (options: PoolConfig) => {
    pool = new Pool({
      connectionString: database.url,
      connectionTimeoutMillis: CONNECT_MS,
      ...options,
    });
    pool.on('error', () => {});
    guardPool(pool);
  };
  afterEach(() => pool.end());

  it('does not call the server unreachable that answered meanwhile', async () => {
    open({ max: 2 });
    const connecting = pool.connect();
    work();
    const client = await connecting;
    assert.equal((await client.query('select 1 as one')).rows[0].one, 1);
    client.release();
  });

  it('does not give up waiting for a client that was given back meanwhile', async () => {
    open({ max: 1 });
    const first = await pool.connect();
    const waiting = pool.connect();
    const query = first.query('select 1').then(() => first.release());
    work();
    await query;
    (await waiting).release();
  });

  it('gives up when the pool stays full while the loop turns', async () => {
    open({ max: 1, connectionTimeoutMillis: 50 });
    const first = await pool.connect();
    await assert.rejects(pool.connect(), /timeout exceeded when trying to connect/);
    first.release();
  });
});
