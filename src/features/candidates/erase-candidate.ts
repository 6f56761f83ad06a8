/**
 * The one way in which a person is erased while the service runs, by request or because the time to keep
 * them is over: everything that is stored of them, the cached copies, and a tombstone with the counts in the
 * same transaction.
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { attr } from '#telemetry/conventions.ts';
import type { Logger } from '#telemetry/logger.ts';
import type { Handles } from '../../http/request/handles.ts';
import type { Erasures } from '../../resilience/cache/erasures.ts';
import type { PersonalData } from '../../storage/personal-data.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import { candidateTag, copiesOf } from './candidate-cache.ts';
import { eraseAll, lockCandidate } from './candidate-store.ts';
import { candidatesErased } from './metrics.ts';
import type { Receipt, Tombstone } from './tombstone.ts';
import { insertTombstones, newestReceipt } from './tombstone-store.ts';

/** Who asked for it, in which request: the state of a request's context has them. */
export interface AskedBy {
  readonly caller: { readonly id: string };
  /** Empty: none. */
  readonly requestId: string;
  readonly trace: { readonly traceId: string };
}

export interface ErasureRequest {
  reason: Tombstone['reason'];
  by: AskedBy;
  /** Once nobody can add to what is erased. What it throws leaves everything as it is. */
  before?: (tx: Transaction, createdAt: Date) => Promise<void>;
}

/**
 * @returns the receipt; the former one when the person is erased already and its cached copies were not; undefined
 *   where that has none
 * @throws {AppError} NOT_FOUND; SERVICE_UNAVAILABLE when it is done and cached copies may still be readable
 */
export type EraseCandidate = (
  em: SqlEntityManager,
  id: string,
  request: ErasureRequest,
) => Promise<Receipt | undefined>;

export function createEraseCandidate(deps: {
  personalData: readonly PersonalData[];
  erasures: Pick<Erasures, 'erase'>;
  handles: Handles;
  /** The audit log's; in the transaction of the erasure. */
  audit: (tx: Transaction, by: AskedBy, receipt: Receipt) => Promise<void>;
  now: () => Date;
  /** UUIDv7: they are listed in its order. */
  newId: () => string;
  log: Logger;
}): EraseCandidate {
  return async function eraseCandidate(em, id, { reason, by, before }) {
    const handle = deps.handles.of('candidate', id);
    const requestId = by.requestId === '' ? null : by.requestId;
    let receipt: Receipt | undefined;

    const work = async (tx: Transaction) => {
      // First, so that nobody adds to what is being erased.
      const createdAt = await lockCandidate(tx, id);
      await before?.(tx, createdAt);
      const copies = await copiesOf(tx, id, deps.personalData);
      const erased = await eraseAll(tx, id, deps.personalData);
      receipt = {
        receipt_id: deps.newId(),
        candidate: handle,
        erased_at: deps.now().toISOString(),
        erased,
      };
      await insertTombstones(tx, [{ ...receipt, reason, request_id: requestId }]);
      await deps.audit(tx, by, receipt);
      return copies;
    };
    const committed = () => {
      candidatesErased.inc({ reason });
      deps.log.info('A candidate was erased', {
        [attr.eventName]: 'candidate.erased',
        [attr.candidate]: handle,
        reason,
        erased: receipt?.erased,
        receipt_id: receipt?.receipt_id,
        ...(requestId === null ? {} : { [attr.requestId]: requestId }),
      });
    };
    await deps.erasures.erase(em, candidateTag(id), work, committed);
    return receipt ?? newestReceipt(em, [handle]);
  };
}
