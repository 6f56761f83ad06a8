import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../errors.ts';
import type { RequestContext } from '../../http/request/context.ts';
import { route, type Route } from '../../http/routing/route.ts';
import { afterOf, pageQuery, pageSchema, toPage } from '../../http/routing/schemas.ts';
import { inTransaction, type Transaction } from '../../storage/postgres/transaction.ts';
import type { JobQueue } from '../../storage/queue/queue.ts';
import { removeJobs } from '../../storage/queue/remove-jobs.ts';
import { reopenBatch } from './batch-store.ts';
import { queueIdOf } from './job.ts';
import { noStore, tag } from './route-parts.ts';
import { deadJobSchema, deadParams } from './job-schemas.ts';
import { findJob, listDead, reviveJob } from './job-store.ts';
import { noSuchJob, presentJob } from './present-job.ts';

export function deadJobRoutes(deps: {
  queue: Pick<JobQueue, 'send'>;
  /** In the audit log. */
  recordRetry: (tx: Transaction, ctx: RequestContext, id: string) => Promise<void>;
}): Route[] {
  const revive = async (tx: Transaction, ctx: RequestContext, id: string) => {
    const row = await reviveJob(tx, id);
    if (row === undefined) return undefined;
    await deps.recordRetry(tx, ctx, id);
    // Its end is told again, when the item ends.
    if (row.batch_id !== null) await reopenBatch(tx, row.batch_id);
    // What pg-boss may still know of it is the failed one.
    await removeJobs(tx, row.queue, [queueIdOf(id)]);
    await deps.queue.send(tx, row.queue, { id: queueIdOf(id) });
    return row;
  };
  const refuse = async (em: SqlEntityManager, id: string): Promise<never> => {
    const found = await findJob(em, id, null);
    throw found === undefined
      ? noSuchJob()
      : new AppError('CONFLICT', `The job is not dead: it is ${found.status}.`);
  };
  return [
    route({
      method: 'get',
      path: '/api/v1/admin/jobs/dead',
      operationId: 'listDeadJobs',
      summary: 'List jobs that failed at every attempt, newest first',
      description: 'By no fault of their input: with the cause mended they may be run again.',
      tag,
      access: 'admin',
      body: 'none',
      reply: 'json',
      query: pageQuery,
      responses: {
        200: { description: 'A page', schema: pageSchema(deadJobSchema, 'DeadJobPage') },
      },
      async handle({ query, ctx }) {
        const { limit, cursor } = query;
        const list = ['dead jobs'];
        const rows = await listDead(ctx.state.em, limit + 1, afterOf(cursor, list));
        const page = toPage(rows, { limit, list }, ({ id }) => id, presentJob);
        return { status: 200, body: page, headers: noStore };
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/admin/jobs/:id/retry',
      operationId: 'retryDeadJob',
      summary: 'Run a dead job again',
      description:
        'With all its attempts, under the assessment id that it had from the start. The batch of an item that is run again is `processing` until the item has ended; its end is told once more.',
      tag,
      access: 'admin',
      body: 'none',
      params: deadParams,
      reply: 'json',
      responses: { 202: { description: 'It waits again', schema: deadJobSchema } },
      errors: ['NOT_FOUND', 'CONFLICT'],
      async handle({ params, ctx }) {
        const { id } = params;
        const { em } = ctx.state;
        const row = await inTransaction(em, (tx) => revive(tx, ctx, id));
        return { status: 202, body: presentJob(row ?? (await refuse(em, id))), headers: noStore };
      },
    }),
  ];
}
