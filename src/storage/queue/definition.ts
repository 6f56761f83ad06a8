/** What is declared of a queue whose jobs are worked off. */
import type { Transaction } from '../postgres/transaction.ts';
import type { FetchedJob, QueueOptions } from './queue.ts';

/** The attempt is not this process's any more: what it did must not be stored. */
export class AttemptLost extends Error {
  override readonly name = 'AttemptLost';
  constructor() {
    super('The job was cancelled or given to another process.');
  }
}

export interface RunningJob extends FetchedJob {
  /** Whether there is another attempt when this one fails. */
  readonly isLast: boolean;
  /**
   * Ends the attempt in the transaction that stores what it did, as the last statement of it: locks on rows of the
   * feature come before those of the queue. @throws {AttemptLost} and nothing is stored
   */
  complete: (tx: Transaction) => Promise<void>;
}

export interface QueueDefinition extends QueueOptions {
  /** @param signal aborts when the attempt is lost, and at the end of the drain */
  readonly work: (job: RunningJob, signal: AbortSignal) => Promise<void>;
  /**
   * In the transaction that ends a failed attempt, before the queue's own statement.
   *
   * @param isDead it is not tried again
   */
  readonly failed?: (
    tx: Transaction,
    job: FetchedJob,
    error: unknown,
    isDead: boolean,
  ) => Promise<void>;
  /** In the transaction that gives an attempt back, before the queue's own statement: it counts as not begun. */
  readonly handedBack?: (tx: Transaction, job: FetchedJob) => Promise<void>;
}
