/** Jobs worked off, by the number of workers, threads and items in the queue. */
import { availableParallelism } from 'node:os';
import type { Promises } from '../chaos/promises.ts';
import { until } from '../support/until.ts';
import { all, submission, type Rig, type Worker } from './job-rig.ts';

const cores = availableParallelism();
type Report = Promises['report'];

export const done = (rig: Rig) =>
  until(async () => {
    const [row] = await rig.sql<{ left: number }>(
      'select count(*)::int as left from assessment_jobs where finished_at is null',
    );
    return row?.left === 0;
  });

interface Rate {
  /** Jobs that end a second, from when all of them are there. */
  perSecond: number;
  /** Processor time of the workers. */
  cpuMsEach: number;
}

async function worked(rig: Rig, add: () => Promise<unknown>, workers: Worker[]): Promise<Rate> {
  await rig.clear();
  const cpuMs = () => workers.reduce((sum, worker) => sum + worker.cpuMs(), 0);
  const before = cpuMs();
  await add();
  const [now] = await rig.sql<{ at: string }>('select now()::text as at');
  await done(rig);
  const [row] = await rig.sql<{ rate: number; count: number }>(
    `select (count(*) filter (where finished_at > ?::timestamptz)
       / extract(epoch from max(finished_at) - ?::timestamptz))::float as rate, count(*)::int as count
     from assessment_jobs`,
    [now?.at, now?.at],
  );
  return {
    perSecond: row?.rate ?? 0,
    cpuMsEach: (cpuMs() - before) / Math.max(1, row?.count ?? 0),
  };
}

export async function withWorkers<T>(
  rig: Rig,
  count: number,
  env: Record<string, string>,
  work: (workers: Worker[]) => Promise<T>,
): Promise<T> {
  const workers = await Promise.all(all(count, () => rig.worker(env)));
  try {
    return await work(workers);
  } finally {
    await Promise.all(workers.map(({ stop }) => stop()));
  }
}

const JOBS = 100;
const singlesOf = (rig: Rig) => async () => {
  for (const input of all(JOBS, () => submission())) await rig.single(input);
};

/** Of the better of two rounds, in turns: what else the machine does comes and goes. */
async function best(
  counts: readonly number[],
  measure: (count: number) => Promise<Rate>,
): Promise<Map<number, Rate>> {
  const rates = new Map<number, Rate>();
  for (const _ of [1, 2]) {
    for (const count of counts) {
      const rate = await measure(count);
      if (rate.perSecond > (rates.get(count)?.perSecond ?? 0)) rates.set(count, rate);
    }
  }
  return rates;
}

export async function processes(rig: Rig, report: Report): Promise<void> {
  const env = { MAX_CONCURRENT_ASSESSMENTS: '1' };
  const rates = await best([1, 2, 4], (count) =>
    withWorkers(rig, count, env, (workers) => worked(rig, singlesOf(rig), workers)),
  );
  judge(report, 'worker processes of one thread', rates);
}

export async function threads(rig: Rig, report: Report): Promise<void> {
  const rates = await best([1, 2, 4, 8], (count) => {
    const env = { MAX_CONCURRENT_ASSESSMENTS: String(count) };
    return withWorkers(rig, 1, env, (workers) => worked(rig, singlesOf(rig), workers));
  });
  judge(report, 'MAX_CONCURRENT_ASSESSMENTS of one process', rates);
}

/** How much more processor time a job may take where workers share caches and memory. */
const MOST_CPU = 1.5;

/** As fast as the cores, and no slower beyond them. */
function judge(report: Report, what: string, rates: Map<number, Rate>): void {
  const one = rates.get(1);
  for (const [count, { perSecond: rate, cpuMsEach }] of rates) {
    const ratio = rate / (one?.perSecond ?? Number.NaN);
    const goal = Math.min(count, cores) * 0.75;
    report(
      `${what}: ${count}${count === 1 ? '' : ` (goal: ${goal.toFixed(2)})`}`,
      count === 1 || ratio >= goal,
      `${ratio.toFixed(2)} of one (${rate.toFixed(1)} jobs/s)`,
    );
    const cpu = cpuMsEach / (one?.cpuMsEach ?? Number.NaN);
    report(
      `  processor time of a job${count === 1 ? '' : ` (goal: ${MOST_CPU})`}`,
      cpu <= MOST_CPU,
      `${cpu.toFixed(2)} of one (${cpuMsEach.toFixed(0)} ms)`,
    );
  }
}

export async function batchSizes(rig: Rig, report: Report): Promise<void> {
  const rates = await best([1, 8, 32, 100], (size) => {
    const env = { BATCH_SIZE: String(size) };
    const add = () =>
      rig.batch(
        all(100, () => submission(100)),
        'one',
        size,
      );
    return withWorkers(rig, 1, env, (workers) => worked(rig, add, workers));
  });
  const fastest = Math.max(...[...rates.values()].map(({ perSecond }) => perSecond));
  for (const [size, { perSecond: rate }] of rates) {
    const kept = size !== 32 || rate >= 0.8 * fastest;
    const goal = size === 32 ? ' (goal: 0.8)' : '';
    report(
      `BATCH_SIZE ${size}${goal}`,
      kept,
      `${(rate / fastest).toFixed(2)} of the best (${rate.toFixed(1)} items/s)`,
    );
  }
}
