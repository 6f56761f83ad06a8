/**
 * What a submission costs, and what ten million a day would take: `npm run capacity [submissions]`. Processor time is
 * that of the processes, so it hardly depends on who else uses the machine; a machine that does nothing else is better
 * all the same. Prints the figures of deploy/CAPACITY.md.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createClient } from '../support/redis-info.ts';
import { ownDatabase } from '../support/own-service.ts';
import { startWorker } from '../support/own-worker.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { startServiceProcess } from '../support/service-process.ts';
import { until } from '../support/until.ts';
import { Client } from 'pg';
import { processorMsOfFamily } from './processor-time.ts';

const count = Number(process.argv[2] ?? 200);
const AT_ONCE = 4;
const DAY = 86_400;
const GOAL = 10_000_000;
/** The busiest hour of a day against the mean, and how busy a core may be. */
const PEAK = 3;
const BUSY = 0.6;

const cleanup = new AsyncDisposableStack();
const line = (what: string, figure: string) =>
  process.stdout.write(`${what.padEnd(68)} ${figure}\n`);

/** Milliseconds. */
function withChildren(pid: number): number {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return pids.reduce((sum, one) => {
    try {
      const { ms, parent } = processorMsOfFamily(one);
      return sum + (one === pid || parent === pid ? ms : 0);
    } catch {
      // It has ended meanwhile.
      return sum;
    }
  }, 0);
}

async function repeat(act: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < count) await act((next += 1));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

const small = (n: number) => ({
  candidate_id: `person-${n % 50}`,
  content: {
    code: `def total_${n}(orders):\n    return sum(order.price * order.count for order in orders)\n`,
  },
});
const project = JSON.parse(readFileSync('test/fixtures/submission.json', 'utf8')) as {
  content: { files: { path: string; content: string }[] };
};
const large = (n: number) => ({
  ...project,
  candidate_id: `person-${n % 50}`,
  content: {
    ...project.content,
    // Another submission each time: the same one is judged once.
    files: [
      ...project.content.files,
      { path: `notes/${n}.md`, content: `# Note ${n}\n\nOrder ${n} came late.\n` },
    ],
  },
});

try {
  const database = await ownDatabase(cleanup, true);
  const redis = await startRedisServer();
  cleanup.defer(() => redis.stop());
  const info = await createClient(redis);
  cleanup.defer(() => info.close());
  const env = {
    APP_ENV: 'testing',
    DATABASE_URL: database.url,
    DATA_DIR: database.dataDir,
    REDIS_URL: redis.url,
  };
  const api = await startServiceProcess({ ...env, API_RUNS_JOBS: 'false' });
  cleanup.defer(() => api.stop());
  const sql = new Client({ connectionString: database.url });
  await sql.connect();
  cleanup.defer(() => sql.end());
  const [postmaster = ''] = readFileSync(
    join(database.dataDir, 'postgres', 'postmaster.pid'),
    'utf8',
  ).split('\n');
  const number = async (query: string) =>
    Number((await sql.query<{ n: string }>(query)).rows[0]?.n);
  const size = () => number('select pg_database_size(current_database()) as n');
  const written = () => number(`select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as n`);

  const send = async (path: string, init?: RequestInit) => {
    const response = await fetch(api.apiUrl + path, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, string>;
  };
  const post = (path: string, body: unknown) =>
    send(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });

  const measured = async (
    what: string,
    pids: readonly number[],
    act: (n: number) => Promise<unknown>,
    end?: () => Promise<unknown>,
  ) => {
    const cost = () => pids.reduce((sum, pid) => sum + processorMsOfFamily(pid).ms, 0);
    const before = {
      api: cost(),
      sql: withChildren(Number(postmaster)),
      size: await size(),
      wal: await written(),
      redis: await info.cpuSeconds(),
    };
    const startedAt = performance.now();
    await repeat(act);
    await end?.();
    const rate = (1000 * count) / (performance.now() - startedAt);
    const of = (after: number, earlier: number) => (after - earlier) / count;
    const figures = {
      service: of(cost(), before.api),
      postgres: of(withChildren(Number(postmaster)), before.sql),
      redis: 1000 * of(await info.cpuSeconds(), before.redis),
      stored: ((await size()) - before.size) / count,
      wal: ((await written()) - before.wal) / count,
    };
    line(
      what,
      `${figures.service.toFixed(1)} ms service, ${figures.postgres.toFixed(1)} ms PostgreSQL, ${figures.redis.toFixed(2)} ms Redis; ${(figures.stored / 1024).toFixed(1)} KiB stored, ${(figures.wal / 1024).toFixed(1)} KiB of log; ${rate.toFixed(0)}/s here`,
    );
    return figures;
  };

  line(
    'machine',
    `${availableParallelism()} cores, Node.js ${process.versions.node}, ${count} of each`,
  );
  await repeat((n) => post('/api/v1/assessments', small(1_000_000 + n)));
  const ids: string[] = [];
  await measured('a few lines, answered at once', [api.pid], async (n) =>
    ids.push((await post('/api/v1/assessments', small(n)))['assessment_id'] ?? ''),
  );
  await measured('a project of four files, answered at once', [api.pid], (n) =>
    post('/api/v1/assessments', large(n)),
  );
  await measured('a result read, cached or not', [api.pid], (n) =>
    send(`/api/v1/assessments/${ids[n % ids.length]}`),
  );
  await measured('a page of twenty read', [api.pid], () => send('/api/v1/assessments?limit=20'));
  const worker = await startWorker(env);
  cleanup.defer(() => void worker.kill('SIGKILL'));
  const allFinished = () =>
    until(
      async () =>
        (await number('select count(*) as n from assessment_jobs where finished_at is null')) === 0,
    );
  await allFinished();
  const job = await measured(
    'a project taken on, queued and assessed by a worker',
    [api.pid, worker.pid ?? 0],
    (n) => post('/api/v1/assessments/async', large(2_000_000 + n)),
    allFinished,
  );

  const perSecond = (GOAL / DAY) * PEAK;
  const cores = (ms: number) => ((perSecond * ms) / 1000 / BUSY).toFixed(0);
  process.stdout.write(
    `\n${GOAL.toLocaleString('en')} projects a day: ${(GOAL / DAY).toFixed(0)} a second, ${perSecond.toFixed(0)} in the busiest hour (${PEAK} times the mean)\n`,
  );
  line(`cores of API and workers, ${BUSY * 100} % busy`, cores(job.service));
  line('cores of PostgreSQL', cores(job.postgres));
  line('cores of Redis, which has one', ((perSecond * job.redis) / 1000 / BUSY).toFixed(1));
  const ends = (coresThere: number, ms: number) =>
    `${Math.round(((coresThere * BUSY) / ms / PEAK) * DAY).toLocaleString('en')},000 a day`;
  line('one core of API and workers is enough for', ends(1, job.service));
  line('PostgreSQL with 32 cores ends at', ends(32, job.postgres));
  line('one Redis ends at', ends(1, job.redis));
  line(
    'stored a day, and log written',
    `${((job.stored * GOAL) / 1e9).toFixed(0)} GB, ${((job.wal * GOAL) / 1e9).toFixed(0)} GB`,
  );
} finally {
  await cleanup.disposeAsync();
}
