import type { Transaction } from '../postgres/transaction.ts';
import { QUEUE_SCHEMA } from './schema.ts';

/** Forgets jobs, whatever their state; an attempt that runs is told at its next sign of life. */
export async function removeJobs(tx: Transaction, queue: string, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute(
    `delete from ${QUEUE_SCHEMA}.job where name = ? and id in (${ids.map(() => '?').join(', ')})`,
    [queue, ...ids],
  );
}
