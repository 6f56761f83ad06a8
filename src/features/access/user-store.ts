import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../errors.ts';
import type { Role } from '../../http/request/caller.ts';
import { afterOf, toPage, type Page } from '../../http/routing/schemas.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';

export interface User {
  id: string;
  username: string;
  role: Role;
  candidate_id: string | null;
  disabled: boolean;
  created_at: string | Date;
  updated_at: string | Date;
}

/** With what only a login looks at. */
export interface Account extends User {
  password_hash: string;
  token_version: number;
}

export interface NewUser {
  id: string;
  username: string;
  passwordHash: string;
  role: Role;
  candidateId: string | null;
  at: Date;
}

const columns = 'id, username, role, candidate_id, disabled, created_at, updated_at';

/** @throws {AppError} DUPLICATE_RESOURCE */
export async function insertUser(tx: Transaction, user: NewUser): Promise<User> {
  const { id, username, passwordHash, role, candidateId, at } = user;
  const [row] = await tx.execute<User[]>(
    `insert into users (id, username, password_hash, role, candidate_id, token_version, disabled, created_at, updated_at)
     values (?, ?, ?, ?, ?, 1, false, ?, ?) on conflict do nothing returning ${columns}`,
    [id, username, passwordHash, role, candidateId, at, at],
  );
  if (row === undefined) {
    throw new AppError('DUPLICATE_RESOURCE', 'An account with this username exists.');
  }
  return row;
}

/** @throws {AppError} NOT_FOUND */
export async function getUser(em: SqlEntityManager, id: string): Promise<User> {
  const [row] = await em.execute<User[]>(`select ${columns} from users where id = ?`, [id]);
  return found(row);
}

/** @param name of `loginName` */
export async function findAccount(
  em: SqlEntityManager,
  name: string,
): Promise<Account | undefined> {
  const sql = `select ${columns}, password_hash, token_version from users where lower(username) = ?`;
  const [row] = await em.execute<Account[]>(sql, [name]);
  return row;
}

/** Until the transaction ends: the row that everything about an account waits for. */
export async function lockAccount(tx: Transaction, id: string): Promise<Account | undefined> {
  const sql = `select ${columns}, password_hash, token_version from users where id = ? for no key update`;
  const [row] = await tx.execute<Account[]>(sql, [id]);
  return row;
}

export async function listUsers(
  em: SqlEntityManager,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<ReturnType<typeof presentUser>>> {
  const list = ['users'];
  const rows = await em.execute<User[]>(
    `select ${columns} from users where id > ? order by id limit ?`,
    [afterOf(cursor, list) ?? '', limit + 1],
  );
  return toPage(rows, { limit, list }, ({ id }) => id, presentUser);
}

export interface UserChange {
  role: Role;
  candidateId: string | null;
  disabled: boolean;
  /** Undefined: as it is. */
  passwordHash: string | undefined;
  at: Date;
}

/** All its access tokens end with it. */
export async function updateUser(tx: Transaction, id: string, change: UserChange): Promise<User> {
  const { role, candidateId, disabled, passwordHash = null, at } = change;
  const [row] = await tx.execute<User[]>(
    `update users set role = ?, candidate_id = ?, disabled = ?, password_hash = coalesce(?, password_hash),
       token_version = token_version + 1, updated_at = ?
     where id = ? returning ${columns}`,
    [role, candidateId, disabled, passwordHash, at, id],
  );
  return found(row);
}

export async function endAccessTokens(tx: Transaction, id: string): Promise<void> {
  await tx.execute('update users set token_version = token_version + 1 where id = ?', [id]);
}

/** Its keys and refresh tokens go with it. */
export async function deleteUser(tx: Transaction, id: string): Promise<void> {
  await tx.execute('delete from users where id = ?', [id]);
}

/** So that no two administrators remove each other: before any other account is locked. */
export async function lockAdmins(tx: Transaction): Promise<string[]> {
  const rows = await tx.execute<{ id: string }[]>(
    `select id from users where role = 'admin' and not disabled order by id for no key update`,
  );
  return rows.map(({ id }) => id);
}

export function presentUser({ id, created_at, updated_at, ...rest }: User) {
  return {
    user_id: id,
    username: rest.username,
    role: rest.role,
    candidate_id: rest.candidate_id,
    disabled: rest.disabled,
    created_at: new Date(created_at).toISOString(),
    updated_at: new Date(updated_at).toISOString(),
  };
}

export function found<T>(row: T | undefined): T {
  if (row === undefined) throw new AppError('NOT_FOUND', 'No account has this user_id.');
  return row;
}
