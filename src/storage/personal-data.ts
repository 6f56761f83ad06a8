import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { z } from 'zod';
import type { Transaction } from './postgres/transaction.ts';

/**
 * What one part of the service stores of persons: how it is read out for them, and how it is erased. Who
 * stores something of a person hands one over in `compose/personal-data.ts`; a test goes through the tables. It is stored
 * in a transaction that has called `ensureCandidate`: of whom there is no row, nothing is read out, erased or replayed.
 */
export interface PersonalData {
  /** Plural, `snake_case`: the member of an export, and of the counts of a receipt. */
  readonly kind: string;
  /** Those that it reads and erases; others that go with their rows (`on delete cascade`) included. */
  readonly tables: readonly string[];
  /** What cached copies are known by, beside the candidate. Asked before anything of the person is erased. */
  readonly copies?: (
    tx: Transaction,
    candidateId: string,
  ) => Promise<{ keys?: readonly string[]; tags?: readonly string[] }>;
  /** Of an item in an export. */
  readonly schema: z.ZodType;
  /**
   * The item after the one with the key `after`; of the first, `after` is the empty string. One at a time: an
   * item may have ten megabytes, and a person hundreds of them.
   *
   * @returns undefined after the last
   */
  readonly next: (
    em: SqlEntityManager,
    candidateId: string,
    after: string,
  ) => Promise<StoredItem | undefined>;
  /** Removes everything. @returns how many items that were */
  readonly erase: (tx: Transaction, candidateId: string) => Promise<number>;
}

export interface StoredItem {
  /** By which items are ordered; not empty. */
  key: string;
  /** JSON. */
  text: string;
}
