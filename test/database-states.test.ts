/** States of the database in which it answers and serves nobody, through the whole service. */
import assert from 'node:assert/strict';
import { Client } from 'pg';
import { ownDatabase } from '#test/support/own-service.ts';
import { testService, type Answer } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

const candidates = '/api/v1/candidates';

describe('a service whose database', () => {
  const administer = async (url: string, ...statements: string[]) => {
    const server = new URL(url);
    server.pathname = '/postgres';
    const client = new Client({ connectionString: server.href });
    await client.connect();
    try {
      for (const sql of statements) await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const nameOf = (url: string) => new URL(url).pathname.slice(1);
  /** Returns once they are gone: one that has not yet seen the signal would answer again. */
  const disconnect = (url: string) =>
    `select pg_terminate_backend(pid, 60000) from pg_stat_activity where datname = '${nameOf(url)}' and backend_type = 'client backend'`;
  const isUnavailable = ({ status, headers, json, text }: Answer) => {
    assert.equal(status, 503, text);
    assert.equal(json.error_code, 'SERVICE_UNAVAILABLE');
    assert.ok(Number(headers.get('retry-after')) >= 1);
  };

  describe('takes no writes, as after a fail-over (25006)', () => {
    const service = testService({ CACHE_ENABLED: 'false' }, { max_connections: '1' });
    const create = (id: string) => service.post(candidates, { candidate_id: id });

    it('answers 503 to writes, serves reads, and writes as soon as a new connection can', async () => {
      const { databaseUrl } = service;
      assert.equal((await create('before')).status, 201);
      const set = `alter database ${nameOf(databaseUrl)} set default_transaction_read_only`;
      await administer(databaseUrl, `${set} = on`, disconnect(databaseUrl));
      await until(async () => (await service.get(`${candidates}/before`)).status === 200);
      for (let i = 0; i < 10; i += 1) isUnavailable(await create(`read-only-${i}`));
      assert.equal((await service.get(`${candidates}/before`)).status, 200);
      // A session keeps what it began with: the first write to fail is the last one of its connection.
      isUnavailable(await create('old'));
      await administer(databaseUrl, `${set} = off`);
      assert.equal((await service.get(`${candidates}/before`)).status, 200);
      await until(async () => (await create('after')).status === 201);
    });
  });

  describe('does not let it in', () => {
    const service = testService({ CACHE_ENABLED: 'false' });

    it('answers 503 while the database takes no connections, and when it is gone (55000, 3D000)', async () => {
      const { databaseUrl } = service;
      const allow = `alter database ${nameOf(databaseUrl)} with allow_connections`;
      await administer(databaseUrl, `${allow} false`, disconnect(databaseUrl));
      for (let i = 0; i < 10; i += 1) isUnavailable(await service.get(candidates));
      await administer(databaseUrl, `${allow} true`);
      await until(async () => (await service.get(candidates)).status === 200);
      await administer(databaseUrl, `drop database ${nameOf(databaseUrl)} with (force)`);
      for (let i = 0; i < 10; i += 1) isUnavailable(await service.get(candidates));
    });
  });

  describe('has another password (28P01)', () => {
    // Of a server of its own: the role is that of the whole run.
    const cleanup = new AsyncDisposableStack();
    const env: Record<string, string> = { CACHE_ENABLED: 'false' };
    before(async () => {
      const { url } = await ownDatabase(cleanup);
      env['DATABASE_URL'] = url;
    });
    const service = testService(env);
    after(() => cleanup.disposeAsync());
    const password = (url: string, text: string) =>
      `alter role ${new URL(url).username} password '${text}'`;

    it('answers 503 until it is let in again', async () => {
      const url = env['DATABASE_URL'] ?? '';
      const direct = new Client({ connectionString: url });
      await direct.connect();
      try {
        await direct.query(password(url, 'another'));
        await direct.query(`${disconnect(url)} and pid <> pg_backend_pid()`);
        for (let i = 0; i < 10; i += 1) isUnavailable(await service.get(candidates));
      } finally {
        await direct.query(password(url, decodeURIComponent(new URL(url).password)));
        await direct.end();
      }
      await until(async () => (await service.get(candidates)).status === 200);
    });
  });
});
