/**
 * What deploy/kubernetes describes, on this machine: two API and two worker processes with the environment of its
 * ConfigMap and the commands of its pods, PostgreSQL with TLS and a password, Redis with a password, HAProxy with TLS
 * in front. The test that operators run (deploy/smoke.sh) passes, while nothing happens, while the API is replaced one
 * after the other, and when a worker was killed. Prints a line for each promise and exits with 1 when one is broken.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { selfSigned } from '#test/support/certificate.ts';
import { inherited } from '#test/support/child-environment.ts';
import { findDebianTool } from '#test/support/debian-tools.ts';
import { freePort } from '#test/support/free-port.ts';
import { imageCommand } from '#test/support/image.ts';
import { environmentOf, KUBERNETES, readResources } from '#test/support/kubernetes.ts';
import { ownDatabase } from '#test/support/own-service.ts';
import { query } from '#test/support/query.ts';
import { startRedisServer } from '#test/support/redis-server.ts';
import { endBy, untilSaid } from '#test/support/started-process.ts';
import { until } from '#test/support/until.ts';
import { openPromises } from './promises.ts';
import { ownHaproxy } from './own-haproxy.ts';

const HOST = 'api.example.com';
const DAY_MS = 86_400_000;

const cleanup = new AsyncDisposableStack();
const { report, broken } = openPromises(64);
const database = await ownDatabase(cleanup);

const certificateFor = (host: string) =>
  selfSigned(new Date(Date.now() - DAY_MS), new Date(Date.now() + DAY_MS), host);

/** The server of `ownDatabase` with a certificate. @returns the URL that asks for it and checks it */
async function withTls(): Promise<string> {
  const { cert, key } = certificateFor('localhost');
  const folder = join(database.dataDir, 'postgres');
  const { uid, gid } = statSync(folder);
  for (const [name, text] of Object.entries({ 'server.crt': cert, 'server.key': key })) {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    chownSync(join(folder, name), uid, gid);
  }
  const authority = join(database.dataDir, 'authority.pem');
  writeFileSync(authority, cert);
  // The service's user may change no setting.
  appendFileSync(join(folder, 'postgresql.auto.conf'), 'ssl = on\n');
  const [pid] = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n');
  process.kill(Number(pid), 'SIGHUP');
  const url = new URL(database.url);
  url.hostname = 'localhost';
  url.searchParams.set('sslmode', 'verify-full');
  url.searchParams.set('sslrootcert', authority);
  url.searchParams.set('max_connections', '20');
  return url.href;
}

/** How many sessions of the service there are, and how many of them are encrypted. */
async function sessions(): Promise<{ all: number; tls: number }> {
  const rows = await query<{ all: number; tls: number }>(
    database.url,
    `select count(*)::int as all, (count(*) filter (where ssl))::int as tls
     from pg_stat_activity join pg_stat_ssl using (pid) where application_name like 'sono-eval%'`,
  );
  return rows[0] ?? { all: 0, tls: 0 };
}

async function begin(
  command: readonly string[],
  env: Record<string, string>,
  said: RegExp,
): Promise<ChildProcess> {
  const child = spawn(process.execPath, command.slice(1), {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanup.defer(() => void child.kill('SIGKILL'));
  await untilSaid(child, said);
  return child;
}

try {
  const redis = await startRedisServer();
  cleanup.defer(() => redis.stop());
  const url = await withTls();
  const adminKey = randomBytes(33).toString('base64url');
  const shared = {
    ...environmentOf('production'),
    DATABASE_URL: url,
    SECRET_KEY: randomBytes(48).toString('base64'),
    REDIS_PASSWORD: redis.password,
    BOOTSTRAP_ADMIN_API_KEY: adminKey,
    // What is another one here than in a cluster.
    REDIS_HOST: '127.0.0.1',
    REDIS_PORT: String(redis.port),
    TRUSTED_PROXIES: '127.0.0.1/32',
    DATA_DIR: join(database.dataDir, 'shared'),
    API_HOST: '127.0.0.1',
    METRICS_HOST: '127.0.0.1',
    METRICS_PORT: '0',
    OTEL_TRACES_EXPORTER: 'none',
    SHUTDOWN_LEAD_SECONDS: '2',
    // One caller, again and again.
    RATE_LIMIT_PER_MINUTE: '6000',
    RATE_LIMIT_PER_HOUR: '60000',
  };
  mkdirSync(shared.DATA_DIR);
  const worker = readResources(readFileSync(join(KUBERNETES, 'base/worker.yml'), 'utf8'))[0];
  const workerCommand = worker?.spec.template.spec.containers[0].command as string[];
  const job = readResources(readFileSync(join(KUBERNETES, 'base/migrate.yml'), 'utf8'))[0];
  const migrate = job?.spec.template.spec.containers[0].command as string[];
  const migrated = spawn(process.execPath, migrate.slice(1), {
    env: { ...inherited, ...shared },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  report(
    'the migration Job ends with 0',
    (await once(migrated, 'exit'))[0] === 0,
    migrate.join(' '),
  );

  const ports = [await freePort(), await freePort()];
  const startApi = (port: number) =>
    begin(
      imageCommand(),
      { ...shared, API_RUNS_JOBS: 'false', API_PORT: String(port) },
      /"service\.ready"/,
    );
  const startWorker = () => begin(workerCommand, shared, /The worker is ready/);
  const apis = await Promise.all(ports.map(startApi));
  const workers = await Promise.all([startWorker(), startWorker()]);

  const { cert, key } = certificateFor(HOST);
  const pem = join(database.dataDir, 'haproxy.pem');
  writeFileSync(pem, cert + key, { mode: 0o600 });
  const authority = join(database.dataDir, 'clients.pem');
  writeFileSync(authority, cert);
  chmodSync(authority, 0o644);
  const { port } = new URL(await ownHaproxy(cleanup, database.dataDir, ports, pem));

  const throughTls = ['--resolve', `${HOST}:${port}:127.0.0.1`, '--cacert', authority];
  const isServing = async (n: number) => {
    const asked = promisify(execFile)('curl', [
      '--silent',
      '--head',
      ...throughTls,
      `https://${HOST}:${port}/api/v1/status/liveness`,
    ]);
    return (await asked).stdout.toLowerCase().includes(`x-served-by: s${n}\r`);
  };
  const jq = await findDebianTool('jq');
  const smoke = () =>
    new Promise<{ passed: boolean; said: string }>((resolve) => {
      execFile(
        'bash',
        ['deploy/smoke.sh', `https://${HOST}:${port}`, ...throughTls],
        {
          env: {
            ...process.env,
            ...jq.env,
            PATH: `${dirname(jq.path)}${delimiter}${process.env['PATH']}`,
            SMOKE_KEY: adminKey,
          },
        },
        (error, stdout, stderr) => {
          const said =
            error === null
              ? `${stdout.trim().split('\n').length} answers as they should be`
              : stdout + stderr;
          resolve({ passed: error === null, said });
        },
      );
    });
  const reportSmoke = async (what: string) => {
    const { passed, said } = await smoke();
    report(what, passed, said);
  };

  await until(async () => (await smoke()).passed);
  await reportSmoke('deploy/smoke.sh passes through TLS');
  const { all, tls } = await sessions();
  report('every session with PostgreSQL is encrypted', all > 0 && all === tls, `${tls} of ${all}`);

  const codes: (number | null)[] = [];
  const replacing = (async () => {
    for (const [n, one] of apis.entries()) {
      codes.push(await endBy(one, 'SIGTERM'));
      apis[n] = await startApi(ports[n] ?? 0);
      // As a rolling update does: the next one goes when this one is asked.
      await until(() => isServing(n));
    }
  })();
  let during = 0;
  let failed = '';
  while (codes.length < apis.length && failed === '') {
    const { passed, said } = await smoke();
    if (passed) during += 1;
    else failed = said;
  }
  await replacing;
  report(
    'it passes while each API process is replaced, which ends with 0',
    failed === '' && codes.every((code) => code === 0),
    failed || `${during} times; ${codes.join(', ')}`,
  );

  const [killed, ...others] = [...workers, ...apis];
  if (killed !== undefined) await endBy(killed, 'SIGKILL');
  await reportSmoke('it passes when a worker was killed');
  const ended = await Promise.all(others.map((one) => endBy(one, 'SIGTERM')));
  report(
    'all others end by SIGTERM with 0',
    ended.every((code) => code === 0),
    ended.join(', '),
  );
} finally {
  await cleanup.disposeAsync();
}
process.exitCode = broken() === 0 ? 0 : 1;
