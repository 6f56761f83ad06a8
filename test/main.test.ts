/** The process as its operator sees it: one command up, one signal down, clear refusals. */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inherited } from '#test/support/child-environment.ts';
import { underContract } from '#test/support/contract.ts';
import { makeTestDir, testDatabase, testServer } from '#test/support/database.ts';
import { isRunning } from '#test/support/running.ts';
import { until } from '#test/support/until.ts';

const ready = /"api\.url":"(http:[^"]+)"/;

interface Run {
  child: ChildProcess;
  output: () => string;
  errors: () => string;
  exit: Promise<number | null>;
  /** Resolves to the API's address once the service is ready. */
  url: () => Promise<string>;
}

const children = new Set<ChildProcess>();

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

const entry = ['--import', './telemetry/start.ts', 'src/main.ts'];

function run(
  env: Record<string, string>,
  [file, args]: [string, string[]] = [process.execPath, entry],
): Run {
  const child = spawn(file, args, {
    env: {
      ...inherited,
      API_HOST: '127.0.0.1',
      METRICS_HOST: '127.0.0.1',
      API_PORT: '0',
      METRICS_PORT: '0',
      ...env,
    },
  });
  children.add(child);
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  const exit = once(child, 'exit').then(([code]) => {
    children.delete(child);
    return code as number | null;
  });
  return {
    child,
    output: () => output,
    errors: () => errors,
    exit,
    async url() {
      for (;;) {
        const match = ready.exec(output);
        if (match?.[1] !== undefined) {
          const release = underContract(match[1]);
          void exit.then(release);
          return match[1];
        }
        const ended = await Promise.race([
          exit.then(() => true),
          once(child.stdout, 'data').then(() => false),
        ]);
        if (ended) assert.fail(`The service ended instead of starting:\n${output}\n${errors}`);
      }
    },
  };
}

describe('the process', () => {
  const dataDir = makeTestDir();
  /** As the copied commands of README.md have it. */
  const asAdmin = () => ({ 'X-API-Key': readFileSync(join(dataDir, 'admin.key'), 'utf8').trim() });
  const post = (url: string, candidate_id: string) =>
    fetch(`${url}/api/v1/candidates`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...asAdmin() },
      body: JSON.stringify({ candidate_id }),
    });
  const get = (url: string, id: string) =>
    fetch(`${url}/api/v1/candidates/${id}`, { headers: asAdmin() });
  const migrated = testDatabase();
  after(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('starts with no configuration, says where things are in JSON alone, and ends cleanly on Ctrl-C', async () => {
    const service = run({ DATA_DIR: dataDir });
    const url = await service.url();
    assert.equal((await post(url, 'kept')).status, 201);
    service.child.kill('SIGINT');
    assert.equal(await service.exit, 0);
    assert.equal(service.errors(), '');
    const lines = service.output().trim().split('\n');
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const [started, ...more] = events.filter((event) => event['event.name'] === 'service.ready');
    assert.deepEqual(more, []);
    assert.equal(started?.['service.version'], version);
    assert.match(String(started?.['metrics.url']), /^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    assert.deepEqual([started?.['database'], started?.['data_dir']], ['embedded', dataDir]);
    const keyFile = String(started?.['access.admin_key_file']);
    assert.equal(keyFile, join(dataDir, 'admin.key'));
    assert.equal(statSync(keyFile).mode & 0o777, 0o600);
    assert.ok(!service.output().includes(readFileSync(keyFile, 'utf8').trim()), 'no key in a log');
    const secretFile = join(dataDir, 'secret.key');
    assert.equal(statSync(secretFile).mode & 0o777, 0o600);
    assert.ok(readFileSync(secretFile, 'utf8').trim().length >= 43);
  });

  it('speaks to people on a terminal: readable lines, then where things are and a command to paste', async () => {
    // A real pseudo-terminal; what is typed into it comes from a pipe.
    const command = `exec ${process.execPath} --import ./telemetry/start.ts src/main.ts`;
    const service = run({ DATA_DIR: dataDir, NO_COLOR: '1', TERM: 'xterm' }, [
      'script',
      ['--quiet', '--flush', '--return', '--command', command, '/dev/null'],
    ]);
    await until(() => service.output().includes('Ctrl-C stops everything.'));
    const screen = service.output().replaceAll('\r', '');
    const [log = '', banner = ''] = screen.split('\nSono-Eval is ready');
    for (const line of log.trim().split('\n')) {
      assert.match(line, /^\d\d:\d\d:\d\d\.\d{3} (info|warn ) /);
    }
    assert.ok(!screen.includes('\u001b'), 'NO_COLOR');
    for (const word of ['/docs', '/metrics', dataDir]) assert.ok(banner.includes(word), word);
    const pasted = /curl -s [^]*'$/m.exec(banner)?.[0] ?? '';
    const { stdout } = spawnSync('sh', ['-c', pasted], { cwd: tmpdir(), encoding: 'utf8' });
    const answer = JSON.parse(stdout) as { overall_score?: unknown };
    assert.equal(typeof answer.overall_score, 'number', stdout);
    service.child.stdin?.write('\u0003');
    assert.equal(await service.exit, 0);
  });

  it('keeps data through kill -9 and refuses a second process on the same directory', async () => {
    const first = run({ DATA_DIR: dataDir });
    const url = await first.url();
    assert.equal((await get(url, 'kept')).status, 200);
    assert.equal((await post(url, 'survivor')).status, 201);
    const second = run({ DATA_DIR: dataDir });
    assert.equal(await second.exit, 1);
    assert.match(second.errors(), /in use by process \d+/);
    first.child.kill('SIGKILL');
    await first.exit;
    const third = run({ DATA_DIR: dataDir });
    assert.equal((await get(await third.url(), 'survivor')).status, 200);
    third.child.kill('SIGTERM');
    third.child.kill('SIGINT');
    await third.exit;
  });

  it('refuses a wrong configuration with exit code 78, all faults at once, and starts nothing', async () => {
    const service = run({
      DATA_DIR: join(dataDir, 'never'),
      APP_ENV: 'production',
      DEBUG: 'true',
      API_PORT: 'x',
    });
    assert.equal(await service.exit, 78);
    for (const name of ['API_PORT', 'DEBUG', 'DATABASE_URL', 'SECRET_KEY', 'ALLOWED_HOSTS']) {
      assert.ok(service.errors().includes(name), name);
    }
    assert.equal(service.output(), '');
    // In one line for programs: `jq` reads it like the log.
    const { level, ...line } = JSON.parse(service.errors()) as Record<string, unknown>;
    assert.deepEqual([level, line['event.name']], ['fatal', 'service.start_failed']);
  });

  for (const variable of ['API_PORT', 'METRICS_PORT']) {
    it(`names ${variable} when that port is taken`, async () => {
      const server = createServer().listen(0, '127.0.0.1').unref();
      await once(server, 'listening');
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? String(address.port) : '';
      const service = run({ DATA_DIR: dataDir, [variable]: port });
      assert.equal(await service.exit, 1);
      assert.match(service.errors(), new RegExp(`Port ${port} is in use.*${variable}`));
      server.close();
    });
  }

  it('names LOG_DIR when nothing can be written there, and DATABASE_URL when it is refused', async () => {
    for (const LOG_DIR of ['/proc/nope', '/dev/null', '/nowhere/at/all']) {
      const service = run({ DATA_DIR: dataDir, LOG_DIR });
      assert.equal(await service.exit, 1);
      assert.match(service.errors(), /LOG_DIR/);
    }
    const url = new URL((await testServer()).url);
    url.password = 'wrong';
    const service = run({ DATABASE_URL: url.href });
    assert.equal(await service.exit, 1);
    assert.match(service.errors(), /refused DATABASE_URL: password authentication failed/);
  });

  it('answers and says so while its log cannot be written: degraded, not down, until it can', async () => {
    const parent = makeTestDir();
    const logDir = join(parent, 'logs');
    const service = run({ DATABASE_URL: migrated.url, DATA_DIR: dataDir, LOG_DIR: logDir });
    const url = await service.url();
    const filesystem = async () => {
      const response = await fetch(`${url}/api/v1/health`);
      const { details } = (await response.json()) as {
        details: Record<string, { status: string; reason?: string }>;
      };
      return { code: response.status, ...details['filesystem'] };
    };
    await until(async () => (await filesystem()).status === 'operational');
    rmSync(logDir, { recursive: true });
    assert.equal((await post(url, 'unlogged')).status, 201);
    await until(async () => (await filesystem()).status === 'degraded');
    const { code, reason } = await filesystem();
    assert.equal(code, 200);
    assert.match(String(reason), /^The log file takes no log lines \(ENOENT\); 0 are lost\.$/);
    assert.equal((await post(url, 'still')).status, 201);
    mkdirSync(logDir);
    await until(async () => (await filesystem()).status === 'operational');
    service.child.kill('SIGINT');
    assert.equal(await service.exit, 0);
    const written = readFileSync(join(logDir, 'sono-eval.log'), 'utf8').trim().split('\n');
    const requests = service
      .output()
      .split('\n')
      .filter((line) => line.includes('"POST"'));
    assert.equal(requests.length, 2);
    for (const line of requests) assert.ok(written.includes(line), 'waited until it could be');
    assert.match(
      service.output(),
      /"event.name":"log.sink_failed","sink":"file","reason":"ENOENT"/,
    );
    rmSync(parent, { recursive: true });
  });

  it('ends with an error that nobody catches: a redacted line in its log, all in JSON, exit code 1', async () => {
    const logDir = makeTestDir();
    // Thrown by a signal, in place of a defect.
    const defect = join(logDir, 'defect.mjs');
    writeFileSync(
      defect,
      `process.on('SIGUSR2', () => Promise.reject(new Error('bob@example.com password=hunter2')));`,
    );
    const service = run({ DATA_DIR: dataDir, LOG_DIR: logDir }, [
      process.execPath,
      ['--import', defect, ...entry],
    ]);
    await service.url();
    service.child.kill('SIGUSR2');
    assert.equal(await service.exit, 1);
    const written = readFileSync(join(logDir, 'sono-eval.log'), 'utf8');
    assert.doesNotMatch(service.output() + service.errors() + written, /hunter2|bob@example/);
    assert.equal(service.errors(), '');
    for (const output of [service.output(), written]) {
      const lines = output.trim().split('\n');
      const { level, ...last } = JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;
      assert.deepEqual([level, last['event.name']], ['fatal', 'process.crashed']);
      for (const line of lines) JSON.parse(line);
    }
    rmSync(logDir, { recursive: true });
  });

  it('starts, works and stops without error while the trace collector is down', async () => {
    const service = run({ DATA_DIR: dataDir, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    assert.equal((await post(await service.url(), 'traced')).status, 201);
    service.child.kill('SIGINT');
    assert.equal(await service.exit, 0);
  });
});

describe('npm start', () => {
  const dataDir = makeTestDir();
  after(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  const npmStart = async () => {
    const npm = run({ DATA_DIR: dataDir, SHUTDOWN_LEAD_SECONDS: '0' }, ['npm', ['start']]);
    const url = await npm.url();
    const pids = {
      service: Number(/"process\.pid":(\d+)/.exec(npm.output())?.[1]),
      postgres: parseInt(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8'), 10),
    };
    for (const pid of Object.values(pids)) assert.ok(isRunning(pid));
    const metrics = /"metrics\.url":"([^"]+)"/.exec(npm.output())?.[1] ?? '';
    /** Until no process is left, and nobody listens where the service did. */
    const gone = async () => {
      await until(() => !Object.values(pids).some(isRunning));
      for (const address of [url, metrics]) {
        const { hostname, port } = new URL(address);
        const server = createServer().listen(Number(port), hostname);
        await once(server, 'listening');
        server.close();
      }
    };
    return { npm, pids, gone };
  };

  it('passes SIGTERM on, and nothing is left', async () => {
    const { npm, gone } = await npmStart();
    npm.child.kill('SIGTERM');
    await npm.exit;
    assert.match(npm.output(), /"message":"draining"/);
    await gone();
  });

  it('takes the service and PostgreSQL along when npm is killed', async () => {
    const { npm, gone } = await npmStart();
    npm.child.kill('SIGKILL');
    await gone();
    assert.match(npm.output(), /"message":"draining"/);
  });

  it('ends, with PostgreSQL, when the service is killed', async () => {
    const { npm, pids, gone } = await npmStart();
    process.kill(pids.service, 'SIGKILL');
    assert.notEqual(await npm.exit, 0);
    await gone();
  });
});

describe('the process in production', () => {
  const migrated = testDatabase();
  const empty = testDatabase({ migrated: false });
  const bootstrapKey = 'q8Zr2Wn6Xr3Tk9Vb2Ly7Js5Hd0GfAeUoIiRwEqYtmZ4c8Qp1';
  const production = (databaseUrl: string) => ({
    APP_ENV: 'production',
    BOOTSTRAP_ADMIN_API_KEY: bootstrapKey,
    DATABASE_URL: databaseUrl,
    SECRET_KEY: 'k7Qm2xVb9TzR4wLp8NcY1sJd6HfG3aEuK5vXo0ZiMgB',
    ALLOWED_HOSTS: 'api.example.com',
    SHUTDOWN_LEAD_SECONDS: '1',
  });

  it('refuses to start on pending migrations and names the command', async () => {
    const service = run(production(empty.url));
    assert.equal(await service.exit, 1);
    assert.match(service.errors(), /npm run migrate up/);
  });

  it('lets the bootstrap key in, and on SIGTERM serves on through the lead time, unready', async () => {
    const service = run(production(migrated.url));
    const url = await service.url();
    const health = (await (await fetch(`${url}/api/v1/health`)).json()) as { details?: unknown };
    assert.equal(health.details, undefined, 'details are not for everyone in production');
    const headers = { 'X-API-Key': bootstrapKey };
    const known = (await (await fetch(`${url}/api/v1/health`, { headers })).json()) as object;
    assert.ok('details' in known, 'and are for whoever may see them');
    service.child.kill('SIGTERM');
    await once(service.child.stdout ?? service.child, 'data');
    const readiness = await fetch(`${url}/api/v1/status/readiness`);
    assert.equal(readiness.status, 503);
    assert.equal(readiness.headers.get('connection'), 'close');
    const [response] = (await once(
      request(`${url}/api/v1/candidates`, {
        headers: { ...headers, Host: 'api.example.com' },
      }).end(),
      'response',
    )) as [IncomingMessage];
    assert.equal(response.resume().statusCode, 200);
    assert.equal(await service.exit, 0);
  });
});
