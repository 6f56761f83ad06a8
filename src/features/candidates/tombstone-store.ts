/** Receipts of erasures, which outlive what was erased. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import type { Receipt, Tombstone } from './tombstone.ts';

interface TombstoneRow {
  id: string;
  handle: string;
  erased_at: string | Date;
  erased: Record<string, number>;
  reason: Tombstone['reason'];
  request_id: string | null;
}

const columns = 'id, handle, erased_at, erased, reason, request_id';

function present(row: TombstoneRow): Tombstone {
  return {
    receipt_id: row.id,
    candidate: row.handle,
    erased_at: new Date(row.erased_at).toISOString(),
    erased: row.erased,
    reason: row.reason,
    request_id: row.request_id,
  };
}

/** Those that are there already stay as they are. @returns how many are new */
export async function insertTombstones(
  tx: Transaction,
  tombstones: readonly Tombstone[],
): Promise<number> {
  if (tombstones.length === 0) return 0;
  const rows = tombstones.map((one) => [
    one.receipt_id,
    one.candidate,
    one.erased_at,
    JSON.stringify(one.erased),
    one.reason,
    one.request_id,
  ]);
  const inserted = await tx.execute<unknown[]>(
    `insert into candidate_tombstones (${columns})
     values ${rows.map(() => '(?, ?, ?, ?::json, ?, ?)').join(', ')}
     on conflict do nothing returning 1`,
    rows.flat(),
  );
  return inserted.length;
}

/** In the order in which they were made. */
export async function tombstonesAfter(
  em: SqlEntityManager,
  after: string | undefined,
  limit: number,
): Promise<Tombstone[]> {
  const rows = await em.execute<TombstoneRow[]>(
    `select ${columns} from candidate_tombstones
     ${after === undefined ? '' : 'where id > ?'} order by id limit ?`,
    [...(after === undefined ? [] : [after]), limit],
  );
  return rows.map(present);
}

/** The receipt of the newest erasure of a person with one of these handles. */
export async function newestReceipt(
  em: SqlEntityManager,
  handles: readonly string[],
): Promise<Receipt | undefined> {
  const [row] = await em.execute<TombstoneRow[]>(
    `select ${columns} from candidate_tombstones where handle in (${marks(handles)})
     order by erased_at desc limit 1`,
    [...handles],
  );
  if (row === undefined) return undefined;
  const { reason: _, request_id: __, ...receipt } = present(row);
  return receipt;
}

/** When the person of each handle was erased last. @param handles a few thousand at most */
export async function newestErasures(
  em: SqlEntityManager,
  handles: readonly string[],
): Promise<Map<string, Date>> {
  if (handles.length === 0) return new Map();
  const rows = await em.execute<{ handle: string; at: string | Date }[]>(
    `select handle, max(erased_at) as at from candidate_tombstones
     where handle in (${marks(handles)}) group by handle`,
    [...handles],
  );
  return new Map(rows.map(({ handle, at }) => [handle, new Date(at)]));
}

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
