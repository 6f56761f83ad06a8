/**
 * How long a job rests when the process that works for it is killed:
 * `node --import ./telemetry/start.ts test/chaos/job-recovery.ts [tries]`. One job in an otherwise empty queue, one
 * other process that could take it; time from the SIGKILL until it runs there, and until it is done. Prints a line for each promise and exits
 * with 1 when one is broken.
 */
import { Client } from 'pg';
import { startServiceProcess } from '#test/support/service-process.ts';
import { until } from '#test/support/until.ts';
import { ownDatabase } from '#test/support/own-service.ts';
import { startWorker } from '#test/support/own-worker.ts';
import { openPromises } from './promises.ts';

const tries = Number(process.argv[2] ?? 10);
/** Seconds. */
const MEDIAN = 20;
const LONGEST = 30;

const cleanup = new AsyncDisposableStack();
const { report, broken } = openPromises(58);
const database = await ownDatabase(cleanup, true);
const env = { APP_ENV: 'testing', DATABASE_URL: database.url, DATA_DIR: database.dataDir };
const api = await startServiceProcess({ ...env, API_RUNS_JOBS: 'false' });
cleanup.defer(() => api.stop());
const client = new Client({ connectionString: database.url });
await client.connect();
cleanup.defer(() => client.end());

interface Row {
  status: string;
  attempts: number;
  started_ms: number | null;
  finished_ms: number | null;
}
const job = async (id: string): Promise<Row | undefined> => {
  const { rows } = await client.query<Row>(
    `select status, attempts, (1000 * extract(epoch from started_at))::float as started_ms,
       (1000 * extract(epoch from finished_at))::float as finished_ms
     from assessment_jobs where id = $1`,
    [id],
  );
  return rows[0];
};
/** About half a second of work. */
const code = Array.from({ length: 4000 }, (_, n) => `def f${n}(a):\n    return a + ${n}\n`).join(
  '\n',
);

const resting: number[] = [];
const seconds: number[] = [];
let again = 0;
try {
  let owner = await startWorker(env);
  for (let n = 0; n < tries; n += 1) {
    const other = await startWorker(env);
    // It takes nothing before the other is gone.
    other.kill('SIGSTOP');
    const answer = await fetch(`${api.apiUrl}/api/v1/assessments/async`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ candidate_id: `person-${n}`, content: { code: `${code}# ${n}\n` } }),
    });
    const { job_id: id } = (await answer.json()) as { job_id: string };
    await until(async () => (await job(id))?.status === 'processing');
    const killedAt = Date.now();
    owner.kill('SIGKILL');
    other.kill('SIGCONT');
    let end: Row | undefined;
    await until(async () => {
      end = await job(id);
      return typeof end?.finished_ms === 'number';
    });
    if (end?.status === 'completed' && end.attempts === 2) again += 1;
    resting.push(((end?.started_ms ?? Number.NaN) - killedAt) / 1000);
    seconds.push(((end?.finished_ms ?? Number.NaN) - killedAt) / 1000);
    owner = other;
  }
  owner.kill('SIGKILL');
} finally {
  await cleanup.disposeAsync();
}

const ordered = (values: readonly number[]) => values.toSorted((a, b) => a - b);
const longest = (values: readonly number[]) => ordered(values).at(-1) ?? Number.NaN;
function median(values: readonly number[]): number {
  const middle = ordered(values).slice(
    Math.ceil(values.length / 2) - 1,
    Math.floor(values.length / 2) + 1,
  );
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}
report(
  'killed in the middle, and done by the second attempt',
  again === tries,
  `${again} of ${tries}`,
);
report(
  `from the kill to the second attempt, s: p50 at most ${MEDIAN}`,
  median(resting) <= MEDIAN,
  median(resting).toFixed(1),
);
report(`the longest at most ${LONGEST}`, longest(resting) <= LONGEST, longest(resting).toFixed(1));
report(
  'from the kill to the end, s: p50, longest',
  true,
  `${median(seconds).toFixed(1)}, ${longest(seconds).toFixed(1)}`,
);
process.exitCode = broken() > 0 ? 1 : 0;
