/** The exporters of docker-compose.yml may ask for statistics, and nothing else: real servers, set up as compose does. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { unprivilegedUid } from '#src/storage/embedded-postgres/data-dir.ts';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '#src/storage/embedded-postgres/embedded-postgres.ts';
import {
  findInstalledBinaries,
  usableBinaries,
} from '#src/storage/embedded-postgres/postgres-binaries.ts';
import { asUser, openCluster } from '#src/storage/embedded-postgres/postgres-cluster.ts';
import { readCompose, secretsFolders, secretsScript } from '#test/support/compose-file.ts';
import { makeTestDir } from '#test/support/database.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';

const run = promisify(execFile);

/** Whether the statement is allowed; anything but a refusal is a fault of the test. */
async function isAllowed(asked: Promise<unknown>, refusal: RegExp): Promise<boolean> {
  try {
    await asked;
    return true;
  } catch (error) {
    assert.match(String(error), refusal);
    return false;
  }
}

describe('the user of postgres-exporter', function () {
  this.timeout(300_000);
  const password = "it's $ecret";
  let dataDir: string;
  let server: EmbeddedPostgres;
  let client: Client;

  before(async () => {
    dataDir = makeTestDir();
    const asUid = process.getuid?.() === 0 ? unprivilegedUid : undefined;
    const binaries = await usableBinaries(await findInstalledBinaries(), asUid);
    const { dir, uid } = await openCluster({ dataDir, binaries, asUid, durable: false });
    const sql = readFileSync('prometheus/postgres-exporter.sql', 'utf8');
    // As its superuser, and again, as at the next start.
    for (const _ of [1, 2]) {
      const running = run(
        binaries.postgres,
        ['--single', '-j', '-c', `exporter.password=${password}`, '-c', 'exit_on_error=on'].concat([
          '-c',
          'fsync=off',
          '-D',
          dir,
          'sono_eval',
        ]),
        { cwd: '/', env: { LC_ALL: 'C' }, ...asUser(uid) },
      );
      running.child.stdin?.end(`${sql.trim()}\n\n`);
      await running;
    }
    server = await startEmbeddedPostgres({ dataDir, durable: false, log: () => {} });
    const service = new Client({ connectionString: server.url });
    await service.connect();
    await service.query('create table candidates (id int)');
    await service.end();
    const url = new URL(server.url);
    url.username = 'exporter';
    url.password = encodeURIComponent(password);
    client = new Client({ connectionString: url.href });
    await client.connect();
  });
  after(async () => {
    await client?.end();
    await server?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const allowed = (sql: string) => isAllowed(client.query(sql), /permission denied|must be/);

  it('reads the statistics of everybody, and the settings', async () => {
    for (const sql of [
      'select * from pg_stat_database',
      'select * from pg_ls_waldir()',
      "select pg_database_size('sono_eval')",
      'select * from pg_settings',
    ]) {
      assert.ok(await allowed(sql), sql);
    }
    const { rows } = await client.query(
      "select pg_has_role('pg_read_all_stats', 'usage') as stats, rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user",
    );
    assert.deepEqual(rows, [
      { stats: true, rolsuper: false, rolcreaterole: false, rolcreatedb: false },
    ]);
  });

  it('reads no table, and changes nothing', async () => {
    for (const sql of [
      'select * from candidates',
      'insert into candidates values (1)',
      'create table mine (id int)',
      'select pg_terminate_backend(pid) from pg_stat_activity where usename is distinct from current_user',
      'create role friend',
    ]) {
      assert.equal(await allowed(sql), false, sql);
    }
  });

  it('is made by a service of compose before the exporter starts, with the same password', () => {
    const { services } = readCompose();
    const { command = [], volumes = [] } = services['exporter-user'] ?? {};
    assert.ok(volumes.includes('./prometheus/postgres-exporter.sql:/postgres-exporter.sql:ro'));
    assert.match(command[0] ?? '', /exporter\.password=.*--file=\/postgres-exporter\.sql/s);
    const exporter = services['postgres-exporter'];
    assert.ok('exporter-user' in (exporter?.depends_on ?? {}));
    assert.equal(exporter?.environment?.['DATA_SOURCE_USER'], 'exporter');
    for (const [name, value] of Object.entries(exporter?.environment ?? {})) {
      assert.ok(name.endsWith('_FILE') || !/pass/i.test(name + value), name);
    }
  });
});

describe('the user of redis-exporter', function () {
  this.timeout(300_000);
  let dir: string;
  let server: RedisServer;
  let client: Redis;
  let service: Redis;

  before(async () => {
    dir = makeTestDir();
    for (const name of secretsFolders()) mkdirSync(join(dir, name));
    await run('bash', ['-euc', secretsScript(dir)]);
    const secret = (file: string) => readFileSync(join(dir, file), 'utf8').trim();
    assert.ok(existsSync(join(dir, 'redis/redis.conf')));
    server = await startRedisServer({ config: join(dir, 'redis/redis.conf') });
    const { port } = server;
    service = new Redis({ port, password: secret('redis/redis_password'), lazyConnect: true });
    await service.connect();
    await service.set('key', 'value');
    client = new Redis({
      port,
      username: 'exporter',
      password: secret('redis/exporter_password'),
      enableReadyCheck: false,
      lazyConnect: true,
    });
    await client.connect();
  });
  after(async () => {
    client?.disconnect();
    service?.disconnect();
    await server?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const allowed = (...[name = '', ...args]: string[]) =>
    isAllowed(client.call(name, ...args), /NOPERM/);

  it('reads what the exporter shows', async () => {
    for (const command of ['INFO ALL', 'SLOWLOG LEN', 'SLOWLOG GET 1', 'LATENCY LATEST', 'PING']) {
      assert.ok(await allowed(...command.split(' ')), command);
    }
  });

  it('reads no key, no password, and changes nothing', async () => {
    for (const command of [
      'GET key',
      'KEYS *',
      'SET key other',
      'CONFIG GET requirepass',
      'ACL LIST',
      'CLIENT LIST',
      'MONITOR',
      'PUBLISH channel text',
      'FLUSHALL',
    ]) {
      assert.equal(await allowed(...command.split(' ')), false, command);
    }
    assert.equal(await service.get('key'), 'value');
  });

  it('is the one that compose names, and its exporter asks for nothing that it may not', () => {
    const { command = [] } = readCompose().services['redis-exporter'] ?? {};
    assert.ok(command.includes('--redis.user=exporter'));
    assert.ok(command.includes('--config-command=-'));
    assert.ok(command.includes('--set-client-name=false'));
  });
});
