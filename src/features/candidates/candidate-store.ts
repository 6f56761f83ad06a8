import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../errors.ts';
import { JsonText } from '../../json/json-text.ts';
import type { PersonalData } from '../../storage/personal-data.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import { afterOf, toPage, type Page } from '../../http/routing/schemas.ts';
import { CandidateEntity } from './candidate.entity.ts';
import type { StoredCandidate } from './candidate.ts';

interface CandidateRow {
  id: string;
  display_name: string | null;
  /** As it was sent. It is read as text, and parsed by nobody. */
  initial_data: string;
  created_at: string | Date;
}

const columns = 'id, display_name, initial_data::text as initial_data, created_at';

function present(row: CandidateRow): StoredCandidate {
  return {
    candidate_id: row.id,
    display_name: row.display_name,
    initial_data: new JsonText(row.initial_data),
    created_at: new Date(row.created_at).toISOString(),
  };
}

/** @throws {AppError} DUPLICATE_RESOURCE */
export async function createCandidate(
  tx: Transaction,
  candidate: { id: string; displayName: string | null; initialData: JsonText; createdAt: Date },
): Promise<StoredCandidate> {
  const { id, displayName, initialData, createdAt } = candidate;
  const [row] = await tx.execute<CandidateRow[]>(
    `insert into candidates (id, display_name, initial_data, created_at) values (?, ?, ?::json, ?)
     on conflict do nothing returning ${columns}`,
    [id, displayName, initialData.text, createdAt],
  );
  if (row === undefined) {
    throw new AppError('DUPLICATE_RESOURCE', 'A candidate with this candidate_id exists.');
  }
  return present(row);
}

/** Of a candidate that is locked. @param change what is undefined stays */
export async function changeCandidate(
  tx: Transaction,
  id: string,
  change: { displayName: string | null | undefined; initialData: JsonText | undefined },
): Promise<void> {
  const { displayName, initialData } = change;
  if (displayName !== undefined) {
    await tx.execute('update candidates set display_name = ? where id = ?', [displayName, id]);
  }
  if (initialData !== undefined) {
    const sql = 'update candidates set initial_data = ?::json where id = ?';
    await tx.execute(sql, [initialData.text, id]);
  }
}

/** Attempts of `ensureCandidate`; each further one means that an erasure was committed in between. */
const MOST_ATTEMPTS = 20;

/**
 * Leaves an existing candidate as it is. Once this resolves the candidate cannot be erased before the
 * transaction ends, so what is stored with it has its parent.
 *
 * @throws {AppError} CONFLICT when the person is erased again and again meanwhile
 */
export async function ensureCandidate(tx: Transaction, id: string, createdAt: Date): Promise<void> {
  // Not `upsert`, which reads the row back and fails when it was erased in between.
  // Who is there is locked, which waits for an erasure that is under way and then finds no row. There is none either
  // of whom another transaction adds in this moment.
  const statement = `with made as (
      insert into candidates (id, initial_data, created_at) values (?, '{}', ?) on conflict do nothing returning id),
    kept as (select id from candidates where id = ? for key share)
    select id from made union all select id from kept`;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    if ((await tx.execute<unknown[]>(statement, [id, createdAt, id])).length > 0) return;
  }
  throw new AppError('CONFLICT', 'This candidate is being erased.', { retryAfter: 1 });
}

/** @param within the only person that may be seen; null: everybody @throws {AppError} NOT_FOUND */
export async function getCandidate(
  em: SqlEntityManager,
  id: string,
  within: string | null,
): Promise<StoredCandidate> {
  const sql = `select ${columns} from candidates where id = ? and id = coalesce(?, id)`;
  const [row] = await em.execute<CandidateRow[]>(sql, [id, within]);
  if (row === undefined) throw noSuchCandidate();
  return present(row);
}

export async function candidateExists(em: SqlEntityManager, id: string): Promise<boolean> {
  return (await em.count(CandidateEntity, { id })) > 0;
}

/** @param query.q a prefix of the id */
export async function listCandidates(
  em: SqlEntityManager,
  query: { limit: number; cursor?: string | undefined; q?: string | undefined },
): Promise<Page<StoredCandidate>> {
  const { limit, q = '' } = query;
  const list = ['candidates', q];
  const after = afterOf(query.cursor, list) ?? '';
  const rows = await em.execute<CandidateRow[]>(
    `select ${columns} from candidates where id > ? and id like ? order by id limit ?`,
    // `_` is a wildcard of LIKE and a letter of an id.
    [after, `${q.replaceAll('_', '\\_')}%`, limit + 1],
  );
  return toPage(rows, { limit, list }, (row) => row.id, present);
}

/** Until the transaction ends: a new assessment waits for it. @returns since when there is the person @throws {AppError} NOT_FOUND */
export async function lockCandidate(tx: Transaction, id: string): Promise<Date> {
  const sql = 'select created_at from candidates where id = ? for update';
  const [row] = await tx.execute<{ created_at: string | Date }[]>(sql, [id]);
  if (row === undefined) throw noSuchCandidate();
  return new Date(row.created_at);
}

/**
 * Keeps an erasure out until the transaction ends. What stores something of a person besides an assessment takes it
 * first, as an erasure does: in another order the two would wait for each other.
 *
 * @returns whether there is such a person
 */
export async function shareCandidate(tx: Transaction, id: string): Promise<boolean> {
  const sql = 'select from candidates where id = ? for key share';
  return (await tx.execute<object[]>(sql, [id])).length > 0;
}

/**
 * Erases all that is stored of a person that is locked.
 *
 * @param stored by everybody who stores something of a person
 * @returns how many of each kind
 */
export async function eraseAll(
  tx: Transaction,
  id: string,
  stored: readonly PersonalData[],
): Promise<Record<string, number>> {
  const erased: Record<string, number> = { candidates: 1 };
  for (const { kind, erase } of stored) erased[kind] = await erase(tx, id);
  await tx.nativeDelete(CandidateEntity, { id });
  return erased;
}

export interface CandidateAge {
  id: string;
  createdAt: Date;
}

/** Those created before `before`, oldest first, after `after`. */
export async function candidatesBefore(
  em: SqlEntityManager,
  before: Date,
  after: CandidateAge | undefined,
  limit: number,
): Promise<CandidateAge[]> {
  const from = after === undefined ? '' : 'and (created_at, id) > (?, ?)';
  const position = after === undefined ? [] : [after.createdAt, after.id];
  const rows = await em.execute<{ id: string; created_at: string | Date }[]>(
    `select id, created_at from candidates where created_at < ? ${from}
     order by created_at, id limit ?`,
    [before, ...position, limit],
  );
  return rows.map(({ id, created_at }) => ({ id, createdAt: new Date(created_at) }));
}

export function noSuchCandidate(): AppError {
  return new AppError('NOT_FOUND', 'No candidate has this candidate_id.');
}
