/**
 * Acknowledged is done: `node --import ./telemetry/start.ts test/chaos/jobs.ts [acknowledged]`.
 * Two API processes and three workers; four producers send with an Idempotency-Key each and keep every 202. After so
 * many of them a worker is killed and replaced: sixty times; every fourth time PostgreSQL is stopped as
 * `pg_ctl stop -m immediate` does, and every tenth time Redis is emptied, or killed and started again, in turns.
 * Prints a line for each promise and exits with 1 when one is broken.
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startRedisServer } from '#test/support/redis-server.ts';
import { startServiceProcess } from '#test/support/service-process.ts';
import { spawnWorker } from '#test/support/own-worker.ts';
import { ownDatabase } from '#test/support/own-service.ts';
import { query } from '#test/support/query.ts';
import { openPromises } from './promises.ts';

const wanted = Number(process.argv[2] ?? 5000);
const PRODUCERS = 4;
const WORKERS = 3;
const KILLS = 60;
/** Least between two of them, so that processes get to work meanwhile; whatever the machine can do, both go on. */
const KILL_MS = 1000;
const POSTGRES_EVERY = 4;
const REDIS_EVERY = 10;
/** After the last kill: a job that rests longer than this, with none that ends meanwhile, is lost. */
const RECOVERY_MS = 60_000;

const cleanup = new AsyncDisposableStack();
const { report, broken } = openPromises(66);
const database = await ownDatabase(cleanup, true);
const redis = await startRedisServer();
cleanup.defer(() => redis.stop());
const env = {
  APP_ENV: 'testing',
  DATABASE_URL: `${database.url}?max_connections=8`,
  REDIS_URL: redis.url,
  DATA_DIR: database.dataDir,
};

const apis: string[] = [];
for (let n = 0; n < 2; n += 1) {
  const api = await startServiceProcess({ ...env, API_RUNS_JOBS: 'false' });
  cleanup.defer(() => api.stop());
  apis.push(api.apiUrl);
}

const workers: ChildProcess[] = [];
const startWorker = (place: number) => {
  workers[place] = spawnWorker(env);
};
for (let place = 0; place < WORKERS; place += 1) startWorker(place);
cleanup.defer(() => workers.forEach((worker) => worker.kill('SIGKILL')));

/** By key: the job that was acknowledged. */
const acknowledged = new Map<string, { jobId: string; assessmentId: string }>();
let sent = 0;

async function send(key: string): Promise<{ jobId: string; assessmentId: string } | undefined> {
  const url = `${apis[sent % apis.length]}/api/v1/assessments/async`;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
      body: JSON.stringify({
        candidate_id: `person-${key}`,
        content: { code: `def work(a):\n    return a + ${Number(key.split('-')[1])}\n` },
      }),
    });
    const body = (await response.json()) as { job_id: string; assessment_id: string };
    return response.status === 202
      ? { jobId: body.job_id, assessmentId: body.assessment_id }
      : undefined;
  } catch {
    return undefined;
  }
}

async function produce(): Promise<void> {
  while (acknowledged.size < wanted) {
    const key = `key-${(sent += 1)}`;
    // The same key until it is acknowledged, as a client that does not know.
    for (;;) {
      const job = await send(key);
      if (job !== undefined) {
        acknowledged.set(key, job);
        break;
      }
      await sleep(100);
    }
  }
}

const postmaster = () =>
  Number(readFileSync(join(database.dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);

let kills = 0;
let crashes = 0;
let flushes = 0;
let redisKills = 0;
async function disturbRedis(): Promise<void> {
  if (redisKills < flushes) {
    redisKills += 1;
    await redis.kill();
    return redis.start();
  }
  flushes += 1;
  const client = new Redis(redis.url);
  await client.flushall();
  client.disconnect();
}

const over = new AbortController();
async function kill(): Promise<void> {
  while (!over.signal.aborted) {
    await sleep(KILL_MS);
    if (over.signal.aborted) return;
    if (acknowledged.size < ((kills + 1) * wanted) / (KILLS + 1)) continue;
    kills += 1;
    const place = Math.floor(Math.random() * WORKERS);
    workers[place]?.kill('SIGKILL');
    startWorker(place);
    if (kills % REDIS_EVERY === 0) await disturbRedis();
    if (kills % POSTGRES_EVERY === 0) {
      crashes += 1;
      try {
        process.kill(postmaster(), 'SIGQUIT');
      } catch {
        // It is on its way up again.
      }
    }
  }
}

const killing = kill();
const startedAt = performance.now();
await Promise.all(Array.from({ length: PRODUCERS }, produce));
const sentMs = performance.now() - startedAt;
over.abort();
await killing;

const waitedFrom = performance.now();
let left = wanted;
for (let movedAt = waitedFrom; left > 0 && performance.now() - movedAt < RECOVERY_MS;) {
  await sleep(500);
  const [row] = await query<{ left: number }>(
    database.url,
    'select count(*)::int as left from assessment_jobs where finished_at is null',
  );
  if (row !== undefined && row.left !== left) [left, movedAt] = [row.left, performance.now()];
}
const recoveredMs = performance.now() - waitedFrom;

const jobs = [...acknowledged.values()];
const rows = await query<{ id: string; status: string; assessment_id: string }>(
  database.url,
  'select id, status, assessment_id from assessment_jobs',
);
const byId = new Map(rows.map((row) => [row.id, row]));
const lost = jobs.filter(({ jobId }) => byId.get(jobId)?.status !== 'completed').length;
const stored = await query<{ id: string; candidate_id: string }>(
  database.url,
  'select id, candidate_id from assessments',
);
const ids = new Set(stored.map(({ id }) => id));
const missing = jobs.filter(({ assessmentId }) => !ids.has(assessmentId)).length;
const persons = new Set(stored.map(({ candidate_id: candidate }) => candidate));
let others = 0;
for (const [key, job] of acknowledged) {
  const again = await send(key);
  if (again?.jobId !== job.jobId || again.assessmentId !== job.assessmentId) others += 1;
}
const waits = await query<{ p50: number; max: number }>(
  database.url,
  `select percentile_cont(0.5) within group (order by extract(epoch from finished_at - created_at))::float as p50,
     max(extract(epoch from finished_at - created_at))::float as max
   from assessment_jobs where attempts > 1`,
);

report('acknowledged', jobs.length >= wanted, `${jobs.length} in ${(sentMs / 1000).toFixed(1)} s`);
report(
  'kills of workers, stops of PostgreSQL, flushes and kills of Redis',
  kills > 0,
  `${kills}, ${crashes}, ${flushes}, ${redisKills}`,
);
report('acknowledged and lost', lost + missing === 0, `${lost + missing}`);
report('stored twice', stored.length === persons.size, `${stored.length - persons.size}`);
report('another job under the same key', others === 0, `${others}`);
report('all done after the last kill, ms', left === 0, recoveredMs.toFixed(0));
const [wait] = waits;
report(
  'interrupted jobs, from acceptance to end, s: p50, max',
  true,
  `${wait?.p50?.toFixed(1) ?? '-'}, ${wait?.max?.toFixed(1) ?? '-'}`,
);
await cleanup.disposeAsync();
process.exitCode = broken() > 0 ? 1 : 0;
