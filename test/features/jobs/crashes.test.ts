/**
 * The short form of test/chaos/jobs.ts: what was acknowledged is done, once. The silence after which pg-boss gives up
 * an attempt is not waited for: what the dead left behind is made as old, and looked for at once.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { PgBoss } from 'pg-boss';
import { ownDatabase } from '#test/support/own-service.ts';
import { startWorker } from '#test/support/own-worker.ts';
import { startServiceProcess } from '#test/support/service-process.ts';
import { until } from '#test/support/until.ts';

const WANTED = 100;
const PRODUCERS = 4;

interface Accepted {
  job_id: string;
  assessment_id: string;
}

describe('jobs whose workers and database are killed', () => {
  it('are done, each once, if they were acknowledged', async () => {
    await using cleanup = new AsyncDisposableStack();
    const { url, dataDir } = await ownDatabase(cleanup, true);
    const env = { APP_ENV: 'testing', DATABASE_URL: url, DATA_DIR: dataDir };
    const api = await startServiceProcess({ ...env, API_RUNS_JOBS: 'false' });
    cleanup.defer(() => api.stop());
    const begin = async () => {
      const worker = await startWorker({ ...env, MAX_CONCURRENT_ASSESSMENTS: '1' });
      cleanup.defer(() => void worker.kill('SIGKILL'));
      return worker;
    };
    const kill = async (worker: ChildProcess) => {
      worker.kill('SIGKILL');
      await once(worker, 'exit');
    };
    const [first, second] = await Promise.all([begin(), begin()]);

    const acknowledged = new Map<number, Accepted>();
    const send = async (n: number): Promise<Accepted | undefined> => {
      const answer = await fetch(`${api.apiUrl}/api/v1/assessments/async`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': `key-${n}` },
        body: JSON.stringify({
          candidate_id: `person-${n}`,
          content: { code: `def work(a):\n    return a + ${n}\n` },
        }),
      });
      const json = (await answer.json()) as Accepted;
      return answer.status === 202 ? json : undefined;
    };
    let sent = 0;
    const produce = async () => {
      while (sent < WANTED) {
        const n = (sent += 1);
        // The same key until it is acknowledged, as a client that does not know.
        await until(async () => {
          const accepted = await send(n);
          if (accepted !== undefined) acknowledged.set(n, accepted);
          return accepted !== undefined;
        });
      }
    };
    const producing = Promise.all(Array.from({ length: PRODUCERS }, produce));
    await until(() => acknowledged.size >= WANTED / 4);
    await kill(first);
    await until(() => acknowledged.size >= WANTED / 2);
    // As `pg_ctl stop -m immediate`.
    const pidFile = readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8');
    process.kill(Number(pidFile.split('\n')[0]), 'SIGQUIT');
    await producing;
    await kill(second);

    const client = new Client({ connectionString: url });
    await client.connect();
    cleanup.defer(() => client.end());
    const rows = async <T>(sql: string) => (await client.query(sql)).rows as T[];
    await rows(
      `update pgboss.job set heartbeat_on = now() - interval '1 hour' where state = 'active'`,
    );
    await rows('update pgboss.queue set monitor_on = null');
    const boss = new PgBoss({ connectionString: url, migrate: false, schedule: false });
    boss.on('error', () => undefined);
    await boss.start();
    await boss.supervise();
    await boss.stop({ graceful: false });
    await begin();
    await until(async () => {
      const [row] = await rows<{ left: number }>(
        'select count(*)::int as left from assessment_jobs where finished_at is null',
      );
      return row?.left === 0;
    });

    const jobs = await rows<{ id: string; status: string; assessment_id: string }>(
      'select id, status, assessment_id from assessment_jobs',
    );
    const stored = await rows<{ id: string; candidate_id: string }>(
      'select id, candidate_id from assessments',
    );
    const done = new Set(jobs.filter(({ status }) => status === 'completed').map(({ id }) => id));
    const ids = new Set(stored.map(({ id }) => id));
    for (const { job_id, assessment_id } of acknowledged.values())
      assert.ok(done.has(job_id) && ids.has(assessment_id), `${job_id} is lost`);
    assert.deepEqual([acknowledged.size, jobs.length, stored.length], [WANTED, WANTED, WANTED]);
    assert.equal(new Set(stored.map(({ candidate_id }) => candidate_id)).size, WANTED);
    for (const [n, { job_id }] of [...acknowledged].slice(0, 20))
      assert.equal((await send(n))?.job_id, job_id);
  });
});
