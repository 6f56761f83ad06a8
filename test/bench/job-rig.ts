/** What the benchmark of jobs stands on: a database, processes that work, and jobs without their requests. */
import { once } from 'node:events';
import { randomUUIDv7 } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../telemetry/logger.ts';
import type { AssessmentInput } from '../../src/engine/contract.ts';
import { entities } from '../../src/features/entities.ts';
import { createJobService } from '../../src/features/jobs/job-service.ts';
import { items, singles } from '../../src/features/jobs/job.ts';
import { deliveryQueue } from '../../src/features/webhooks/webhook.ts';
import { createDatabase } from '../../src/storage/postgres/database.ts';
import { runMigrations } from '../../src/storage/postgres/migrations.ts';
import { inTransaction, type Transaction } from '../../src/storage/postgres/transaction.ts';
import { createQueue } from '../../src/storage/queue/queue.ts';
import { ownDatabase } from '../support/own-service.ts';
import { startWorker } from '../support/own-worker.ts';
import { killChild } from '../support/started-process.ts';
import { unlimited } from '../support/unlimited.ts';
import { processorMs } from './processor-time.ts';

export interface Worker {
  /** That it has used, all its threads together. */
  cpuMs: () => number;
  stop: () => Promise<void>;
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

export const all = <T>(count: number, make: (at: number) => T) =>
  Array.from({ length: count }, (_, at) => make(at));

/** Distinct, and so large that the engine takes tens of milliseconds. */
export function submission(functions = 300): AssessmentInput {
  const id = randomUUIDv7().replaceAll('-', '');
  const code = Array.from(
    { length: functions },
    (_, n) => `def f${n}_${id}(a, b):\n    if a > b:\n        return a - ${n}\n    return b\n`,
  ).join('\n');
  return {
    candidate_id: 'bench',
    submission_type: 'code',
    content: { code },
    paths_to_evaluate: ['technical'],
    options: {},
  };
}

export async function openRig(cleanup: AsyncDisposableStack) {
  // Durable: what is acknowledged is on disk.
  const { url, dataDir } = await ownDatabase(cleanup, true);
  await runMigrations(url);
  const database = await createDatabase({ url, entities, statementTimeoutMs: 0 });
  cleanup.defer(() => database.close());
  const queue = createQueue({
    database,
    queues: [singles, items, deliveryQueue],
    log: silent,
    wait: (ms, signal) => sleep(ms, undefined, { signal }),
  });
  await queue.start(new AbortController().signal);
  cleanup.defer(() => queue.close());
  const em = () => database.em();
  const write = <T>(work: (tx: Transaction) => Promise<T>) => inTransaction(em(), work);
  const sql = <T extends object>(text: string, values: unknown[] = []) =>
    em().execute<T[]>(text, values);
  const jobs = (batchSize: number) =>
    createJobService({
      queue,
      batchSize,
      onFinished: () => Promise.resolve(),
      newId: randomUUIDv7,
      now: () => new Date(),
    });
  const env = { APP_ENV: 'testing', DATABASE_URL: url, DATA_DIR: dataDir, ...unlimited };

  return {
    env,
    queue,
    write,
    sql,
    single: (input: AssessmentInput, owner = 'one') =>
      write((tx) => jobs(32).accept(tx, { input, owner, callbackUrl: null })),
    batch: (inputs: AssessmentInput[], owner = 'one', batchSize = 32) =>
      write((tx) =>
        jobs(batchSize).acceptBatch(tx, {
          items: inputs.map((input) => ({ input })),
          owner,
          callbackUrl: null,
        }),
      ),
    async clear() {
      await sql('truncate assessment_jobs, assessment_batches, assessments cascade');
      await sql('delete from pgboss.job');
    },
    /** One process that works jobs off, once it is ready. */
    async worker(changed: Record<string, string> = {}): Promise<Worker> {
      const child = await startWorker({ ...env, ...changed });
      return {
        cpuMs: () => processorMs(child.pid ?? 0),
        async stop() {
          child.kill('SIGTERM');
          const timer = setTimeout(() => void killChild(child), 10_000);
          if (child.exitCode === null) await once(child, 'exit');
          clearTimeout(timer);
        },
      };
    },
  };
}
export type Rig = Awaited<ReturnType<typeof openRig>>;
