import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate as turn } from 'node:timers/promises';
import { Client } from 'pg';
import { isReachable, unprivilegedUid } from '#src/storage/embedded-postgres/data-dir.ts';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from '#src/storage/embedded-postgres/embedded-postgres.ts';
import { makeTestDir } from '#test/support/database.ts';
import { isRunning, processesNaming } from '#test/support/running.ts';
import { until } from '#test/support/until.ts';

const isRoot = process.getuid?.() === 0;
/** A normal user that every machine has: initdb insists on a name for its uid. */
const daemon = 1;

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The shell that would stop the server of an owner that is killed. */
function guardOf(owner: ChildProcess): number {
  const guards = readdirSync('/proc').filter((pid) => {
    try {
      const [, ppid] = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      return (
        Number(ppid) === owner.pid &&
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres-orphan-guard')
      );
    } catch {
      return false;
    }
  });
  assert.equal(guards.length, 1);
  return Number(guards[0]);
}

const serverPid = (dataDir: string) =>
  Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);

describe('embedded PostgreSQL', () => {
  let dataDir: string;
  const servers: EmbeddedPostgres[] = [];
  const owners: ChildProcess[] = [];

  const start = async (options: Partial<EmbeddedPostgresOptions> = {}) => {
    const server = await startEmbeddedPostgres({
      dataDir,
      durable: false,
      log: () => {},
      ...options,
    });
    servers.push(server);
    return server;
  };
  /** The first line that another process, which starts a server on the directory, prints. */
  const startOwner = async (uid?: number) => {
    const script = join(import.meta.dirname, '../../support/embedded-owner.ts');
    const owner = spawn(process.execPath, [script, dataDir], {
      ...(uid === undefined ? {} : { uid, gid: uid }),
      env: { NODE_NO_WARNINGS: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    owners.push(owner);
    const [line] = await once(createInterface({ input: owner.stdout }), 'line');
    return { owner, line: String(line) };
  };

  beforeEach(() => {
    dataDir = makeTestDir();
  });
  afterEach(async () => {
    for (const owner of owners.splice(0)) {
      if (owner.exitCode !== null || owner.signalCode !== null) continue;
      const exit = once(owner, 'exit');
      owner.stdin?.write('stop\n');
      await exit;
    }
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('keeps its data, its password and its directory over a restart', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    await assert.rejects(query(first.url, 'select 1'), /ECONNREFUSED/);
    const second = await start();
    assert.deepEqual(await query(second.url, 'select answer from kept'), [{ answer: 42 }]);
    assert.equal(new URL(second.url).password, new URL(first.url).password);
    assert.equal(second.dataDir, dataDir);
  });

  it('is durable unless told otherwise, UTF-8, and gives the service no superuser', async () => {
    const { url } = await start({ durable: true });
    const [row] = await query(
      url,
      `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
              current_setting('full_page_writes') as pages, current_setting('server_encoding') as encoding,
              lower('ÄΩ') as lower, rolsuper from pg_roles where rolname = current_user`,
    );
    assert.deepEqual(row, {
      fsync: 'on',
      commit: 'on',
      pages: 'on',
      encoding: 'UTF8',
      lower: 'äω',
      rolsuper: false,
    });
  });

  it('listens on loopback alone and lets nobody in without the password', async () => {
    const { url } = await start();
    // Lines 5 and 6 of the pid file: socket directory and address.
    const file = readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n');
    assert.deepEqual(file.slice(4, 6), ['', '127.0.0.1']);
    const wrong = new URL(url);
    wrong.password = 'guess';
    await assert.rejects(query(wrong.href, 'select 1'), { code: '28P01' });
    wrong.username = 'postgres';
    await assert.rejects(query(wrong.href, 'select 1'), { code: '28P01' });
    assert.equal(statSync(join(dataDir, 'postgres/service-password')).mode & 0o077, 0);
    assert.equal(statSync(join(dataDir, 'postgres')).mode & 0o077, 0);
  });

  it('refuses a second start by the name of the first, in this process and from another', async () => {
    await start();
    const sentence = `The data directory ${dataDir} is in use by process ${process.pid}`;
    await assert.rejects(start(), (error: Error) => {
      assert.equal(error.name, 'EmbeddedPostgresError');
      return error.message.startsWith(sentence);
    });
    const { line } = await startOwner();
    assert.match(line, new RegExp(`EmbeddedPostgresError: ${sentence}`));
  });

  it('lets exactly one of several simultaneous starts win', async () => {
    const results = await Promise.all([startOwner(), startOwner(), startOwner()]);
    const won = results.filter(({ line }) => line.startsWith('postgresql://'));
    assert.equal(won.length, 1);
    for (const { line } of results.filter((result) => !won.includes(result))) {
      assert.match(line, /is in use by process \d+/);
    }
  });

  it('comes back on the same port with all committed data when the server is killed', async () => {
    const { url } = await start({ durable: true });
    await query(url, 'create table kept (n int)');
    for (let n = 1; n <= 3; n += 1) {
      await query(url, `insert into kept values (${n})`);
      const pid = serverPid(dataDir);
      process.kill(pid, 'SIGKILL');
      await until(async () => {
        const rows = await query(url, 'select count(*)::int as n from kept');
        assert.deepEqual(rows, [{ n }]);
        assert.notEqual(serverPid(dataDir), pid);
      });
    }
  });

  it('ends by a fast shutdown when the service is killed, and so does what watched over it', async () => {
    const { owner, line } = await startOwner();
    await query(line, 'create table kept as select 42 as answer');
    const client = new Client({ connectionString: line });
    client.on('error', () => {});
    await client.connect();
    const cut = assert.rejects(client.query('select pg_sleep(600)'));
    const server = serverPid(dataDir);
    const guard = guardOf(owner);
    owner.kill('SIGKILL');
    await until(() => !isRunning(server) && !isRunning(guard));
    await cut;
    const log: string[] = [];
    const { url } = await start({ log: (text) => log.push(text) });
    assert.deepEqual(await query(url, 'select answer from kept'), [{ answer: 42 }]);
    assert.match(log.join('\n'), /database system was shut down at/);
    assert.doesNotMatch(log.join('\n'), /left behind|not properly shut down/);
  });

  /** What a start leaves on the disk as it goes on. */
  const phases: Record<string, () => boolean> = {
    'initdb makes its files': () => making('cluster/base'),
    'the server starts': () => existsSync(join(dataDir, 'postgres/postmaster.pid')),
  };
  const making = (path: string) =>
    readdirSync(dataDir).some(
      (name) => name.startsWith('postgres.init-') && existsSync(join(dataDir, name, path)),
    );
  for (const [phase, isReached] of Object.entries(phases)) {
    it(`leaves no process behind when the service is killed while ${phase}, and starts the next time`, async () => {
      const script = join(import.meta.dirname, '../../support/embedded-owner.ts');
      const owner = spawn(process.execPath, [script, dataDir], {
        env: { NODE_NO_WARNINGS: '1' },
        stdio: ['pipe', 'ignore', 'inherit'],
      });
      const exit = once(owner, 'exit');
      while (!isReached()) await turn();
      assert.ok(processesNaming(dataDir).length > 1, 'the service is not alone');
      owner.kill('SIGKILL');
      await exit;
      await until(() => processesNaming(dataDir).length === 0);
      const { url } = await start();
      assert.deepEqual(await query(url, 'select 1 as one'), [{ one: 1 }]);
      assert.deepEqual(
        readdirSync(dataDir).filter((name) => name.startsWith('postgres.init-')),
        [],
      );
    });
  }

  it('leaves no guard behind when it is stopped, nor when the server is killed and comes back', async () => {
    const { owner } = await startOwner();
    const first = guardOf(owner);
    const killed = serverPid(dataDir);
    process.kill(killed, 'SIGKILL');
    await until(() => serverPid(dataDir) !== killed && guardOf(owner) !== first);
    assert.equal(isRunning(first), false);
    const second = guardOf(owner);
    const exit = once(owner, 'exit');
    owner.stdin?.write('stop\n');
    assert.deepEqual(await exit, [0, null]);
    await until(() => !isRunning(second));
  });

  it('takes over from a service that was killed with its guard, whose server it stops first', async () => {
    const { owner, line } = await startOwner();
    await query(line, 'create table kept as select 42 as answer');
    const leftover = serverPid(dataDir);
    process.kill(guardOf(owner), 'SIGKILL');
    const exit = once(owner, 'exit');
    owner.kill('SIGKILL');
    await exit;
    process.kill(leftover, 0);

    const log: string[] = [];
    const { url } = await start({ log: (text) => log.push(text) });
    assert.deepEqual(await query(url, 'select answer from kept'), [{ answer: 42 }]);
    assert.notEqual(serverPid(dataDir), leftover);
    assert.match(log[0] ?? '', new RegExp(`process ${leftover}\\) was left behind`));
    assert.match(log.join('\n'), /database system was shut down at/);
    assert.doesNotMatch(log.join('\n'), /not properly shut down/);
  });

  it('starts when both the service and its server were killed', async () => {
    const { owner, line } = await startOwner();
    await query(line, 'create table kept as select 42 as answer');
    const exit = once(owner, 'exit');
    owner.kill('SIGKILL');
    process.kill(serverPid(dataDir), 'SIGKILL');
    await exit;
    const { url } = await start();
    assert.deepEqual(await query(url, 'select answer from kept'), [{ answer: 42 }]);
  });

  it('is not held up by a stale pid file whose process id now belongs to another program', async () => {
    const first = await start();
    await first.stop();
    const stale = [process.ppid, '/elsewhere', 1, 5432, '', '127.0.0.1', '', 'ready', ''];
    const file = join(dataDir, 'postgres/postmaster.pid');
    writeFileSync(file, stale.join('\n'), { mode: 0o600 });
    const { uid, gid } = statSync(join(dataDir, 'postgres'));
    if (isRoot) chownSync(file, uid, gid);
    const { url } = await start();
    assert.deepEqual(await query(url, 'select 1 as one'), [{ one: 1 }]);
  });

  it('survives the interrupt that a terminal sends to the whole process group', async () => {
    const { url } = await start();
    const group = Number(
      readFileSync(`/proc/${serverPid(dataDir)}/stat`, 'utf8')
        .split(') ')[1]
        ?.split(' ')[2],
    );
    assert.equal(group, serverPid(dataDir));
    assert.deepEqual(await query(url, 'select 1 as one'), [{ one: 1 }]);
  });

  it('stops although clients are connected and at work, and ends what they do', async () => {
    const server = await start();
    const client = new Client({ connectionString: server.url });
    client.on('error', () => {});
    await client.connect();
    const work = assert.rejects(client.query('select pg_sleep(60)'), /terminat/);
    await server.stop();
    await server.stop();
    await work;
  });

  it('leaves nothing half made when the making fails, and starts once the cause is gone', async () => {
    mkdirSync(join(dataDir, 'postgres/in-the-way'), { recursive: true });
    await assert.rejects(start(), { name: 'EmbeddedPostgresError', message: /cannot be made/ });
    assert.deepEqual(readdirSync(dataDir), ['postgres']);
    rmSync(join(dataDir, 'postgres'), { recursive: true });
    mkdirSync(join(dataDir, 'postgres.init-killed/cluster'), { recursive: true });
    await start();
    assert.equal(existsSync(join(dataDir, 'postgres.init-killed')), false);
  });

  it('says so when the data was made by another major version', async () => {
    const first = await start();
    await first.stop();
    writeFileSync(join(dataDir, 'postgres/PG_VERSION'), '15\n');
    await assert.rejects(start(), {
      name: 'EmbeddedPostgresError',
      message: /was made by PostgreSQL 15 and this is 18: dump it/,
    });
  });

  it('says what the server said when it does not start, and gives the directory back', async () => {
    const first = await start();
    await first.stop();
    const conf = join(dataDir, 'postgres/postgresql.conf');
    const whole = readFileSync(conf, 'utf8');
    writeFileSync(conf, `${whole}\nnonsense = on\n`);
    await assert.rejects(
      start(),
      /did not start .*unrecognized configuration parameter "nonsense"/s,
    );
    writeFileSync(conf, whole);
    await start();
  });

  if (isRoot) {
    it('runs as an unprivileged user when the service is root', async () => {
      await start();
      assert.equal(statSync(`/proc/${serverPid(dataDir)}`).uid, unprivilegedUid);
      assert.equal(statSync(join(dataDir, 'postgres')).uid, unprivilegedUid);
    });

    it('says so when root gives it a directory that the unprivileged user cannot enter', async () => {
      chmodSync(dataDir, 0o700);
      await assert.rejects(start({ dataDir: join(dataDir, 'data') }), {
        name: 'EmbeddedPostgresError',
        message: /lies under a directory that user 65534 cannot enter/,
      });
    });
  }

  if (isRoot && isReachable(process.execPath, unprivilegedUid)) {
    it('runs for a normal user, whose data root then serves under that user', async () => {
      chownSync(dataDir, daemon, daemon);
      const { owner, line } = await startOwner(daemon);
      await query(line, 'create table kept as select 42 as answer');
      assert.equal(statSync(`/proc/${serverPid(dataDir)}`).uid, daemon);
      const exit = once(owner, 'exit');
      owner.stdin?.write('stop\n');
      assert.deepEqual(await exit, [0, null]);
      const { url } = await start();
      assert.equal(statSync(`/proc/${serverPid(dataDir)}`).uid, daemon);
      assert.deepEqual(await query(url, 'select answer from kept'), [{ answer: 42 }]);
    });

    it('says so when a normal user finds data that belongs to another', async () => {
      const first = await start();
      await first.stop();
      chownSync(dataDir, daemon, daemon);
      const { line } = await startOwner(daemon);
      assert.match(line, /EmbeddedPostgresError: .*belongs to another user/);
    });
  }
});
