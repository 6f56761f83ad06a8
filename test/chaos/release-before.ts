/**
 * The code before the newest migration on the schema after it, as in a rolling update:
 * `node --import ./telemetry/start.ts test/chaos/release-before.ts [commit]`. Needs the history of the repository, and
 * runs that code with the packages of now. Prints a line for each promise and exits with 1 when one is broken.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pendingMigrations, runMigrations } from '#src/storage/postgres/migrations.ts';
import { createDatabase } from '#src/storage/postgres/database.ts';
import { inherited } from '#test/support/child-environment.ts';
import { freePort } from '#test/support/free-port.ts';
import { ownDatabase } from '#test/support/own-service.ts';
import { killChild } from '#test/support/started-process.ts';
import { unlimited } from '#test/support/unlimited.ts';
import { until } from '#test/support/until.ts';
import { openPromises } from './promises.ts';

const git = (...args: string[]) => execFileSync('git', args, { maxBuffer: 1 << 30 });
const newest = git('log', '-1', '--format=%H', '--', 'src/storage/migrations').toString().trim();
const before = process.argv[2] ?? `${newest}^`;
const { report, broken } = openPromises(58);

await using cleanup = new AsyncDisposableStack();
const { url, dataDir } = await ownDatabase(cleanup);
const applied = await runMigrations(url);

const folder = join(dataDir, 'before');
mkdirSync(folder);
cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));
execFileSync('tar', ['-x', '-C', folder], {
  input: git('archive', before, 'src', 'telemetry', 'package.json'),
});
symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));

const port = await freePort();
const child = spawn(
  process.execPath,
  ['--import', './telemetry/start.ts', 'src/main.ts', '--end-with-parent'],
  {
    cwd: folder,
    env: {
      ...inherited,
      ...unlimited,
      APP_ENV: 'testing',
      AUTH_REQUIRED: 'false',
      API_HOST: '127.0.0.1',
      API_PORT: String(port),
      METRICS_PORT: '0',
      DATABASE_URL: url,
      DATA_DIR: dataDir,
      LOG_LEVEL: 'ERROR',
      LOG_FORMAT: 'json',
      SHUTDOWN_LEAD_SECONDS: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
cleanup.defer(() => killChild(child));
const errors: string[] = [];
createInterface({ input: child.stdout }).on('line', (line) => {
  if (line.includes('"level":"error"')) errors.push(line);
});
const api = `http://127.0.0.1:${port}`;
await until(async () => (await fetch(`${api}/api/v1/status/readiness`)).ok);

async function ask(method: string, path: string, body?: unknown): Promise<[number, string]> {
  const init =
    body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  const answer = await fetch(`${api}${path}`, { method, ...init });
  return [answer.status, await answer.text()];
}
const submission = { candidate_id: 'ada', content: { code: 'def add(a, b):\n    return a + b\n' } };
const statuses: Record<string, number> = {};
const [posted, stored] = await ask('POST', '/api/v1/assessments', submission);
const { assessment_id: id } = JSON.parse(stored) as { assessment_id: string };
statuses['assess'] = posted;
const [, job] = await ask('POST', '/api/v1/assessments/async', {
  ...submission,
  candidate_id: 'ben',
});
const { status_url: status = '' } = JSON.parse(job) as { status_url?: string };
await until(async () => (await ask('GET', status))[1].includes('"status":"completed"'));
for (const [name, method, path] of [
  ['result', 'GET', `/api/v1/assessments/${id}`],
  ['dashboard', 'GET', `/api/v1/assessments/${id}/dashboard?include_history=true`],
  ['stats', 'GET', '/api/v1/candidates/ada/stats'],
  ['list', 'GET', '/api/v1/assessments?sort=-score'],
  ['export', 'GET', '/api/v1/candidates/ada/export'],
  ['erase', 'DELETE', '/api/v1/candidates/ada'],
] as const) {
  statuses[name] = (await ask(method, path))[0];
}

const pending = await (async () => {
  const db = await createDatabase({ url, entities: [], maxConnections: 1 });
  try {
    return await pendingMigrations(db);
  } finally {
    await db.close();
  }
})();
const subject = git('log', '-1', '--format=%h %s', before).toString().trim();
const fine = Object.values(statuses).every((code) => code >= 200 && code < 300);
process.stdout.write(`${subject}, on the schema of ${applied.at(-1)}\n`);
report('the code before serves on the schema after', fine, JSON.stringify(statuses));
report(
  'and logs no error, and changes nothing of the schema',
  errors.length === 0 && pending.length === 0,
  `${errors.length} errors`,
);
process.exitCode = broken() > 0 ? 1 : 0;
