import { randomUUID } from 'node:crypto';
import type { SqlEntityManager } from '@mikro-orm/postgresql';

declare const open: unique symbol;

/**
 * An entity manager inside a transaction. What writes takes one: it cannot be called outside, and
 * whoever opened the transaction decides what else is stored with it, or not at all.
 */
export type Transaction = SqlEntityManager & { readonly [open]: true };

/** Commits when `work` resolves, rolls back when it rejects. */
export function inTransaction<T>(
  em: SqlEntityManager,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return em.transactional((tx) => work(tx as Transaction));
}

/**
 * A statement whose values are sent beside it. MikroORM writes them into its text, and to escape ten megabytes holds the
 * event loop for a second.
 *
 * @param text with `$1` and so on
 */
export async function executePrepared(
  tx: Transaction,
  text: string,
  values: readonly unknown[],
): Promise<Record<string, unknown>[]> {
  const { rows } = await tx.getKysely().executeQuery<Record<string, unknown>>({
    sql: text,
    parameters: values,
    query: { kind: 'RawNode', sqlFragments: [text], parameters: [] },
    // One of its own: a statement that is cancelled must not be taken for the next of its connection.
    queryId: { queryId: randomUUID() },
  });
  return rows;
}
