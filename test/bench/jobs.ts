/**
 * `node --import ./telemetry/start.ts test/bench/jobs.ts [parts]`: jobs that are taken on and worked off, how long
 * one waits behind many, and what a million finished ones cost. Machines are noisy: goals are ratios within one run
 * and counts; the time of a cancelled job has twice its goal. Rates by workers want a machine that does nothing else:
 * where it does, the processor time of a job still tells whether workers are in each other's way. Ends with 1 under a
 * goal.
 */
import { availableParallelism, loadavg } from 'node:os';
import { openPromises } from '../chaos/promises.ts';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.ts';
import { until } from '../support/until.ts';
import { batchSizes, done, processes, threads, withWorkers } from './job-rates.ts';
import { all, openRig, submission, type Rig } from './job-rig.ts';
import { median, percentile } from './percentile.ts';

const FINISHED = 1_000_000;
const cores = availableParallelism();
const { report, broken } = openPromises(64);
const cleanup = new AsyncDisposableStack();

/** @returns how many a second, `inFlight` at a time */
async function perSecond(count: number, inFlight: number, act: () => Promise<unknown>) {
  let left = count;
  const startedAt = performance.now();
  const one = async () => {
    while (left-- > 0) await act();
  };
  await Promise.all(all(inFlight, one));
  return (1000 * count) / (performance.now() - startedAt);
}

async function post(url: string, path: string, body: unknown): Promise<Record<string, string>> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Record<string, string>;
}

async function service(rig: Rig, env: Record<string, string>): Promise<ServiceProcess> {
  const started = await startServiceProcess({ ...rig.env, ...env });
  cleanup.defer(() => started.stop());
  return started;
}

async function accepted(rig: Rig): Promise<void> {
  const api = await service(rig, { API_RUNS_JOBS: 'false' });
  let n = 0;
  const person = () =>
    post(api.apiUrl, '/api/v1/candidates', { candidate_id: `person-${(n += 1)}` });
  const job = () => post(api.apiUrl, '/api/v1/assessments/async', submission(3));
  const rates: Record<'person' | 'job', number[]> = { person: [], job: [] };
  for (let round = 0; round < 4; round += 1) {
    const [persons, jobs] = [await perSecond(300, 16, person), await perSecond(300, 16, job)];
    if (round > 0) rates.person.push(persons);
    if (round > 0) rates.job.push(jobs);
  }
  const ratio = median(rates.job) / median(rates.person);
  report(
    'submissions taken on, of candidates created (goal: 0.4)',
    ratio >= 0.4,
    `${ratio.toFixed(2)} (${median(rates.job).toFixed(0)}/s of ${median(rates.person).toFixed(0)}/s)`,
  );
  await api.stop();
}

/** In jobs that begin before it; the time follows from theirs. */
async function waiting(rig: Rig): Promise<void> {
  await rig.clear();
  for (let n = 0; n < 50; n += 1)
    await rig.batch(
      all(100, () => submission(100)),
      'busy',
      32,
    );
  const places = Math.min(4, cores);
  const waits: number[] = [];
  let before = 0;
  await withWorkers(rig, 1, {}, async () => {
    const begun = async () => {
      const [row] = await rig.sql<{ count: number }>(
        'select count(*)::int as count from assessment_jobs where started_at is not null',
      );
      return row?.count ?? 0;
    };
    await until(async () => (await begun()) > 20);
    for (let n = 0; n < 10; n += 1) {
      const { jobId } = await rig.single(submission(100), `quick-${n}`);
      await until(async () => {
        const [row] = await rig.sql<{ ahead: number; wait: number }>(
          `select (select count(*)::int from assessment_jobs o
              where o.started_at > s.created_at and o.started_at < s.started_at) as ahead,
             extract(epoch from s.started_at - s.created_at)::float as wait
           from assessment_jobs s where s.id = ? and s.started_at is not null`,
          [jobId],
        );
        if (row === undefined) return false;
        before = Math.max(before, row.ahead);
        waits.push(1000 * row.wait);
        return true;
      });
    }
  });
  report(
    `a single job behind 50 batches of 100: jobs that begin before it (goal: ${2 * places})`,
    before <= 2 * places,
    `at most ${before}; it waits ${median(waits).toFixed(0)} ms, at most ${Math.max(...waits).toFixed(0)} ms`,
  );
}

const FETCHES = 300;
async function fetchTimes(rig: Rig): Promise<{ p50: number; p99: number }> {
  const rounds: number[][] = [];
  for (let round = 0; round < 4; round += 1) {
    await rig.write(async (tx) => {
      for (let n = 0; n < FETCHES; n += 1) await rig.queue.send(tx, 'assess', { priority: -n });
    });
    const times: number[] = [];
    for (let n = 0; n < FETCHES; n += 1) {
      const startedAt = performance.now();
      const job = await rig.queue.fetch('assess');
      times.push(performance.now() - startedAt);
      if (job !== undefined) await rig.write((tx) => rig.queue.complete(tx, job));
    }
    if (round > 0) rounds.push(times);
  }
  return {
    p50: median(rounds.map((times) => percentile(times, 0.5))),
    p99: median(rounds.map((times) => percentile(times, 0.99))),
  };
}

async function finishedJobs(rig: Rig): Promise<void> {
  await rig.clear();
  await rig.sql('vacuum analyze pgboss.job');
  const empty = await fetchTimes(rig);
  await rig.sql(
    `insert into pgboss.job (name, state, completed_on, created_on, start_after, policy, deletion_seconds, retry_count)
     select 'assess', 'completed', now(), now(), now(), 'standard', 3600, 0 from generate_series(1, ?::int)`,
    [FINISHED],
  );
  await rig.sql(
    `insert into assessment_jobs (id, owner, assessment_id, queue, status, is_sent, is_dead, priority, attempts,
       progress, revision, created_at, started_at, finished_at)
     select 'job_' || gen_random_uuid(), 'one', 'assess_x', 'assess', 'completed', true, false, 0, 1, 100, 3, now(),
       now(), now() from generate_series(1, ?::int)`,
    [FINISHED],
  );
  await rig.sql('vacuum analyze pgboss.job');
  await rig.sql('vacuum analyze assessment_jobs');
  const full = await fetchTimes(rig);
  const ratio = full.p99 / empty.p99;
  report(
    `fetch p99 with ${FINISHED} finished jobs, of an empty table (goal: 1.5)`,
    ratio <= 1.5,
    `${ratio.toFixed(2)} (p50 ${empty.p50.toFixed(2)} and ${full.p50.toFixed(2)} ms, p99 ${empty.p99.toFixed(2)} and ${full.p99.toFixed(2)} ms)`,
  );
  await rig.clear();
}

/** The first request that a service gets, of each of several starts. */
async function firstPost(rig: Rig): Promise<void> {
  const times: Record<'first' | 'second', number[]> = { first: [], second: [] };
  for (let start = 0; start < 5; start += 1) {
    const api = await service(rig, {});
    for (const place of ['first', 'second'] as const) {
      const startedAt = performance.now();
      await post(api.apiUrl, '/api/v1/assessments', submission(30));
      times[place].push(performance.now() - startedAt);
    }
    await api.stop();
  }
  const ratio = median(times.first) / median(times.second);
  report(
    'first POST after ready, of the second (goal: 3)',
    ratio <= 3,
    `${ratio.toFixed(2)} (${median(times.first).toFixed(0)} and ${median(times.second).toFixed(0)} ms)`,
  );
}

/** Milliseconds that a thread is the cancelled job's. */
const CANCEL_MS = 300;
async function cancelling(rig: Rig): Promise<void> {
  await rig.clear();
  const api = await service(rig, { API_RUNS_JOBS: 'false' });
  const times: number[] = [];
  await withWorkers(rig, 1, { MAX_CONCURRENT_ASSESSMENTS: '1' }, async () => {
    for (let n = 0; n < 10; n += 1) {
      const long = await post(api.apiUrl, '/api/v1/assessments/async', submission(30_000));
      const next = await post(api.apiUrl, '/api/v1/assessments/async', submission(3));
      await until(async () => {
        const [row] = await rig.sql<{ status: string }>(
          'select status from assessment_jobs where id = ?',
          [long['job_id']],
        );
        return row?.status === 'processing';
      });
      await fetch(api.apiUrl + long['status_url'], { method: 'DELETE' });
      await done(rig);
      const [row] = await rig.sql<{ ms: number }>(
        `select 1000 * extract(epoch from n.started_at - l.finished_at)::float as ms
         from assessment_jobs n, assessment_jobs l where n.id = ? and l.id = ?`,
        [next['job_id'], long['job_id']],
      );
      times.push(row?.ms ?? Number.NaN);
    }
  });
  report(
    `from a cancelled job to the next on its thread, ms (goal: at most ${CANCEL_MS})`,
    Math.max(...times) <= CANCEL_MS,
    `p50 ${median(times).toFixed(0)}, at most ${Math.max(...times).toFixed(0)}`,
  );
}

const parts: Record<string, (rig: Rig) => Promise<void>> = {
  accepted,
  processes: (rig) => processes(rig, report),
  threads: (rig) => threads(rig, report),
  'batch-sizes': (rig) => batchSizes(rig, report),
  waiting,
  'first-post': firstPost,
  cancelling,
  'finished-jobs': finishedJobs,
};
const wanted = process.argv.slice(2);

try {
  const rig = await openRig(cleanup);
  process.stdout.write(`${cores} cores, load average ${loadavg()[0]?.toFixed(1)}\n`);
  for (const [name, part] of Object.entries(parts))
    if (wanted.length === 0 || wanted.includes(name)) await part(rig);
} finally {
  await cleanup.disposeAsync();
}
process.exitCode = broken() > 0 ? 1 : 0;
