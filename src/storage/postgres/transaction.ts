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
