/**
 * PostgreSQL is killed under transactional load, again and again:
 * `node --import ./telemetry/start.ts test/chaos/postgres-crash.ts [crashes]`.
 * Eight clients create candidates; the server's first process gets SIGQUIT, as `pg_ctl stop -m immediate` sends it,
 * and is started again by its owner. Liveness is asked on a new connection every 50 ms.
 * Prints a line for each promise and exits with 1 when one is broken.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { startServiceProcess } from '#test/support/service-process.ts';
import { until } from '#test/support/until.ts';
import { openPromises } from './promises.ts';
import { ownDatabase } from '#test/support/own-service.ts';
import { probing } from './probing.ts';

const crashes = Number(process.argv[2] ?? 10);
const CLIENTS = 8;
const POOL = 5;
const BACK_MS = 1000;
const ANSWER_MS = 2500;

const cleanup = new AsyncDisposableStack();
const { report, broken } = openPromises(58);
const database = await ownDatabase(cleanup);
const url = new URL(database.url);
url.searchParams.set('max_connections', String(POOL));
const service = await startServiceProcess({
  APP_ENV: 'testing',
  DATABASE_URL: url.href,
  DATA_DIR: database.dataDir,
});
cleanup.defer(() => service.stop());

interface Answer {
  status: number;
  ms: number;
  hasRetryAfter: boolean;
}
let sent = 0;
async function write(): Promise<Answer> {
  const startedAt = performance.now();
  const response = await fetch(`${service.apiUrl}/api/v1/candidates`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ candidate_id: `written-${(sent += 1)}` }),
  });
  await response.arrayBuffer();
  const hasRetryAfter = response.headers.has('Retry-After');
  return { status: response.status, ms: performance.now() - startedAt, hasRetryAfter };
}

const postmaster = () =>
  Number(readFileSync(join(database.dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);

async function accepts(): Promise<boolean> {
  const client = new Client({ connectionString: database.url, connectionTimeoutMillis: 500 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Connections by state, those that are waited for, and the most that there may be. */
async function pool() {
  const text = await (await fetch(`http://${service.metricsTarget}/metrics`)).text();
  const sum = (name: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  return {
    total: sum('db_client_connections'),
    waiting: sum('db_client_connection_pending_requests'),
    most: sum('db_client_connection_max'),
  };
}

try {
  const answers: Answer[] = [];
  const over = new AbortController();
  const load = Array.from({ length: CLIENTS }, async () => {
    while (!over.signal.aborted) answers.push(await write());
  });
  const probes = probing(`${service.apiUrl}/api/v1/status/liveness`, 50);
  const backMs: number[] = [];
  const pools: Awaited<ReturnType<typeof pool>>[] = [];
  for (let n = 0; n < crashes; n += 1) {
    const enough = answers.length + 100;
    await until(() => answers.length >= enough);
    const old = postmaster();
    process.kill(old, 'SIGQUIT');
    await until(async () => postmaster() !== old && (await accepts()));
    const accepting = performance.now();
    await until(async () => (await write()).status === 201);
    backMs.push(performance.now() - accepting);
    pools.push(await pool());
  }
  over.abort();
  await Promise.all(load);
  const alive = await probes.end();
  await until(async () => (await pool()).waiting === 0);
  const refused = answers.filter(({ status }) => status !== 201);
  const created = answers.length - refused.length;
  const slowest = Math.round(Math.max(0, ...refused.map(({ ms }) => ms)));
  report(
    `${crashes} crashes: writes are back within ${BACK_MS / 1000} s of the database`,
    backMs.every((ms) => ms <= BACK_MS),
    `${backMs.map(Math.round).join(', ')} ms`,
  );
  report('liveness never fails', alive.late === 0, alive.figures);
  report(
    'those in between are told: 503 with Retry-After',
    refused.length > 0 && refused.every((one) => one.status === 503 && one.hasRetryAfter),
    `${refused.length} of ${answers.length}; ${created} created`,
  );
  report('within 2.5 s', slowest <= ANSWER_MS, `at most ${slowest} ms`);
  report(
    'the pool is whole after each',
    pools.every(({ total, waiting, most }) => total <= most && waiting <= CLIENTS),
    pools.map(({ total, waiting, most }) => `${total}/${most}, ${waiting} wait`).join('; '),
  );
} finally {
  await cleanup.disposeAsync();
}
process.exitCode = broken() === 0 ? 0 : 1;
