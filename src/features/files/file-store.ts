/** Rows of uploaded files. The row is the truth: a content without one is removed. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../errors.ts';
import type { Caller } from '../../http/request/caller.ts';
import { eraseKeptAnswersNaming, eraseKeptAnswersOf } from '../../http/kept-answers.ts';
import { afterOf, toPage, type Page } from '../../http/routing/schemas.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import {
  locationOf,
  type Contents,
  type ContentsSummary,
  type FileKind,
  type KnownFile,
  type ListedFile,
  type StoredFile,
} from './file.ts';

interface FileRow {
  id: string;
  owner: string;
  candidate_id: string | null;
  kind: FileKind;
  filename: string;
  original_filename: string;
  size: string | number;
  sha256: string;
  language: string | null;
  tags: string[];
  created_at: string | Date;
}

interface RowWith<Of extends ContentsSummary> extends FileRow {
  contents: Of | null;
}

const columns =
  'id, owner, candidate_id, kind, filename, original_filename, size, sha256, language, tags, created_at';
/** The paths stay where they are: of a page of archives they would be a hundred megabytes. */
const contentsSummary = `case when contents is not null then json_build_object(
    'left_out', contents -> 'left_out', 'left_out_count', contents -> 'left_out_count') end as contents`;

/** SQL: of whoever adds contents (shared) and of whoever removes them (exclusive), until the transaction ends. */
const LOCK = "hashtextextended('uploaded files', 0)";

function present(row: FileRow): KnownFile {
  return {
    id: row.id,
    owner: row.owner,
    candidateId: row.candidate_id,
    kind: row.kind,
    filename: row.filename,
    originalFilename: row.original_filename,
    size: Number(row.size),
    sha256: row.sha256,
    language: row.language,
    tags: row.tags,
    createdAt: new Date(row.created_at),
  };
}

function presentWith<Of extends ContentsSummary>(row: RowWith<Of>) {
  return { ...present(row), contents: row.contents };
}

export async function lockToAdd(tx: Transaction): Promise<void> {
  await tx.execute(`select pg_advisory_xact_lock_shared(${LOCK})`);
}

export async function lockToRemove(tx: Transaction): Promise<void> {
  await tx.execute(`select pg_advisory_xact_lock(${LOCK})`);
}

/** Bytes that an account holds, by itself and by its keys, those that were revoked included. @param account of a caller */
export async function heldBytes(em: SqlEntityManager, account: string): Promise<number> {
  const sql = `select coalesce(sum(size), 0)::text as bytes from files
    where owner = ? or owner in (select 'key_' || id from api_keys where user_id = ?)`;
  const [row] = await em.execute<{ bytes: string }[]>(sql, [account, account]);
  return Number(row?.bytes ?? 0);
}

/** Nobody else adds to what the account holds until the transaction ends. */
export async function lockHeld(tx: Transaction, account: string): Promise<void> {
  await tx.execute('select pg_advisory_xact_lock(hashtextextended(?, 1))', [`files of ${account}`]);
}

/** Rows that one statement inserts. */
const BATCH = 100;

export async function insertFiles(tx: Transaction, files: readonly StoredFile[]): Promise<void> {
  for (let start = 0; start < files.length; start += BATCH) {
    const some = files.slice(start, start + BATCH);
    await tx
      .getKysely<{ files: Record<string, unknown> }>()
      .insertInto('files')
      .values(
        some.map((file) => ({
          id: file.id,
          owner: file.owner,
          candidate_id: file.candidateId,
          kind: file.kind,
          filename: file.filename,
          original_filename: file.originalFilename,
          size: file.size,
          sha256: file.sha256,
          language: file.language,
          tags: JSON.stringify(file.tags),
          contents: file.contents === null ? null : JSON.stringify(file.contents),
          created_at: file.createdAt,
          used_at: file.createdAt,
        })),
      )
      .execute();
  }
}

/** Whose files a caller sees; administrators see all. */
function visibleTo({ role, id }: Pick<Caller, 'role' | 'id'>): [sql: string, ...string[]] {
  return role === 'admin' ? ['true'] : ['owner = ?', id];
}

/** @returns undefined for one that is not there, and for one of somebody else */
export async function findFile(
  em: SqlEntityManager,
  id: string,
  caller: Pick<Caller, 'role' | 'id'>,
): Promise<StoredFile | undefined> {
  const [visible, ...owner] = visibleTo(caller);
  const sql = `select ${columns}, contents from files where id = ? and ${visible}`;
  const [row] = await em.execute<RowWith<Contents>[]>(sql, [id, ...owner]);
  return row === undefined ? undefined : presentWith(row);
}

/** Those of `ids` that the caller sees, in no order, without what is in them. */
export async function findFiles(
  em: SqlEntityManager,
  ids: readonly string[],
  caller: Pick<Caller, 'role' | 'id'>,
): Promise<KnownFile[]> {
  const [visible, ...owner] = visibleTo(caller);
  const sql = `select ${columns} from files where id in (${ids.map(() => '?').join(', ')}) and ${visible}`;
  const rows = await em.execute<FileRow[]>(sql, [...ids, ...owner]);
  return rows.map(present);
}

/** Newest first, without the paths in them. */
export async function listFiles(
  em: SqlEntityManager,
  query: { limit: number; cursor?: string | undefined },
  caller: Pick<Caller, 'role' | 'id'>,
): Promise<Page<ListedFile>> {
  const { limit, cursor } = query;
  const list = ['files'];
  const after = afterOf(cursor, list);
  const [visible, ...owner] = visibleTo(caller);
  const rows = await em.execute<RowWith<ContentsSummary>[]>(
    `select ${columns}, ${contentsSummary} from files where ${visible} ${after === undefined ? '' : 'and id < ?'}
     order by id desc limit ?`,
    [...owner, ...(after === undefined ? [] : [after]), limit + 1],
  );
  return toPage(rows, { limit, list }, (row) => row.id, presentWith);
}

/**
 * SQL: removes files, and remembers their contents for whoever removes those after the commit. One that is
 * remembered already is locked all the same: the sweep must not forget it before this is committed. All take those
 * locks in the order of the hashes.
 */
const removing = (condition: string) =>
  `with gone as (delete from files where ${condition} returning id, sha256),
     noted as (insert into file_removals (sha256) select distinct sha256 from gone order by sha256
       on conflict (sha256) do update set sha256 = excluded.sha256)
   select id from gone`;

async function removeFiles(
  tx: SqlEntityManager,
  condition: string,
  parameters: unknown[],
): Promise<string[]> {
  const rows = await tx.execute<{ id: string }[]>(removing(condition), parameters);
  return rows.map(({ id }) => id);
}

/** With the kept answers of their uploads, which have names and hashes. That of one file has a Location. */
async function removeWithAnswers(
  tx: Transaction,
  condition: string,
  parameters: unknown[],
): Promise<number> {
  const ids = await removeFiles(tx, condition, parameters);
  if (ids.length === 0) return 0;
  await eraseKeptAnswersOf(tx, ...ids.map(locationOf));
  await eraseKeptAnswersNaming(tx, 'file_id', ids);
  return ids.length;
}

/** @throws {AppError} NOT_FOUND */
export async function deleteFile(
  tx: Transaction,
  id: string,
  caller: Pick<Caller, 'role' | 'id'>,
): Promise<void> {
  const [visible, ...owner] = visibleTo(caller);
  const count = await removeWithAnswers(tx, `id = ? and ${visible}`, [id, ...owner]);
  if (count === 0) throw noSuchFile();
}

/** SQL: the files of a person; two parameters, both that person. */
export const OF_CANDIDATE =
  '(candidate_id = ? or id in (select file_id from file_candidates where candidate_id = ?))';

/** @returns how many */
export function deleteFilesOf(tx: Transaction, candidateId: string): Promise<number> {
  return removeWithAnswers(tx, OF_CANDIDATE, [candidateId, candidateId]);
}

/**
 * The answers of their uploads have expired: a file is kept for a day at least.
 *
 * @returns how many that no assessment has read since
 */
export async function deleteUnused(em: SqlEntityManager, since: Date): Promise<number> {
  return (await removeFiles(em, 'used_at < ?', [since])).length;
}

/** The first file of a person after another one. */
export async function nextFileOf(
  em: SqlEntityManager,
  candidateId: string,
  after: string,
): Promise<StoredFile | undefined> {
  const sql = `select ${columns}, contents from files where ${OF_CANDIDATE} and id > ? order by id limit 1`;
  const [row] = await em.execute<RowWith<Contents>[]>(sql, [candidateId, candidateId, after]);
  return row === undefined ? undefined : presentWith(row);
}

/** From now on they are erased with the person, and kept for a while. */
export async function markUsed(
  tx: Transaction,
  ids: readonly string[],
  use: { candidateId: string; at: Date },
): Promise<void> {
  const list = ids.map(() => '?').join(', ');
  await tx.execute(
    `with used as (update files set used_at = ? where id in (${list}) returning id)
     insert into file_candidates (file_id, candidate_id) select id, ? from used on conflict do nothing`,
    [use.at, ...ids, use.candidateId],
  );
}

/** Contents to remove, the first of them. */
export async function pendingRemovals(em: SqlEntityManager, limit: number): Promise<string[]> {
  const sql = 'select sha256 from file_removals order by sha256 limit ?';
  return (await em.execute<{ sha256: string }[]>(sql, [limit])).map(({ sha256 }) => sha256);
}

/** Those that no file has. */
export async function withoutFile(
  em: SqlEntityManager,
  hashes: readonly string[],
): Promise<string[]> {
  if (hashes.length === 0) return [];
  const rows = await em.execute<{ sha256: string }[]>(
    `select distinct sha256 from files where sha256 in (${hashes.map(() => '?').join(', ')})`,
    [...hashes],
  );
  const held = new Set(rows.map(({ sha256 }) => sha256));
  return hashes.filter((sha256) => !held.has(sha256));
}

/** Waits for whoever is removing a file with such a content, so that what is read next knows of it. */
export async function forgetRemovals(tx: Transaction, hashes: readonly string[]): Promise<void> {
  const these = `sha256 in (${hashes.map(() => '?').join(', ')})`;
  const lock = `select 1 from file_removals where ${these} order by sha256 for update`;
  await tx.execute(lock, [...hashes]);
  await tx.execute(`delete from file_removals where ${these}`, [...hashes]);
}

/** Bytes of all contents, each counted once. */
export async function storedBytes(em: SqlEntityManager): Promise<number> {
  const [row] = await em.execute<{ bytes: string }[]>(
    'select coalesce(sum(size), 0)::text as bytes from (select distinct sha256, size from files) as contents',
  );
  return Number(row?.bytes ?? 0);
}

export function noSuchFile(): AppError {
  return new AppError('NOT_FOUND', 'No file has this id.');
}
