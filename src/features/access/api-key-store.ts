import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../errors.ts';
import type { Role } from '../../http/request/caller.ts';
import { afterOf, toPage, type Page } from '../../http/routing/schemas.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import { instant } from '../../time/instant.ts';

interface ApiKeyRow {
  id: string;
  last_four: string;
  name: string;
  role: Role;
  candidate_id: string | null;
  user_id: string | null;
  created_by: string;
  per_minute: number | null;
  per_hour: number | null;
  expires_at: string | Date | null;
  revoked_at: string | Date | null;
  created_at: string | Date;
}

export interface NewApiKey {
  id: string;
  secretHmac: string;
  lastFour: string;
  name: string;
  role: Role;
  candidateId: string | null;
  userId: string | null;
  createdBy: string;
  quota: { perMinute: number; perHour: number } | null;
  expiresAt: Date | null;
  at: Date;
}

const columns =
  'id, last_four, name, role, candidate_id, user_id, created_by, per_minute, per_hour, expires_at, revoked_at, created_at';

export async function insertApiKey(tx: Transaction, key: NewApiKey): Promise<ShownApiKey> {
  const [row] = await tx.execute<ApiKeyRow[]>(
    `insert into api_keys (id, secret_hmac, last_four, name, role, candidate_id, user_id, created_by,
       per_minute, per_hour, expires_at, created_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning ${columns}`,
    [
      key.id,
      key.secretHmac,
      key.lastFour,
      key.name,
      key.role,
      key.candidateId,
      key.userId,
      key.createdBy,
      key.quota?.perMinute ?? null,
      key.quota?.perHour ?? null,
      key.expiresAt,
      key.at,
    ],
  );
  return present(row as ApiKeyRow);
}

/** Whose keys somebody may know of. */
export interface Holder {
  /** Of all. */
  isAdmin: boolean;
  /** Its account. */
  userId: string | null;
  /** The key that it asks with. */
  keyId: string | null;
}

const visible = '(?::boolean or user_id = ?::text or id = ?::text)';
const visibleTo = ({ isAdmin, userId, keyId }: Holder) => [isAdmin, userId, keyId];

export async function listApiKeys(
  em: SqlEntityManager,
  holder: Holder,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<ShownApiKey>> {
  const list = ['api_keys'];
  const rows = await em.execute<ApiKeyRow[]>(
    `select ${columns} from api_keys where ${visible} and id > ? order by id limit ?`,
    [...visibleTo(holder), afterOf(cursor, list) ?? '', limit + 1],
  );
  return toPage(rows, { limit, list }, ({ id }) => id, present);
}

/**
 * @returns whether it was valid until now
 * @throws {AppError} NOT_FOUND also for a key of somebody else
 */
export async function revokeApiKey(
  tx: Transaction,
  holder: Holder,
  { id, at }: { id: string; at: Date },
): Promise<boolean> {
  const [row] = await tx.execute<{ revoked_at: unknown }[]>(
    `select revoked_at from api_keys where ${visible} and id = ? for update`,
    [...visibleTo(holder), id],
  );
  if (row === undefined) throw new AppError('NOT_FOUND', 'No API key has this identity.');
  if (row.revoked_at !== null) return false;
  await tx.execute('update api_keys set revoked_at = ? where id = ?', [at, id]);
  return true;
}

export async function countActiveKeys(tx: Transaction, userId: string, now: Date): Promise<number> {
  const [row] = await tx.execute<{ count: number }[]>(
    `select count(*)::int as count from api_keys
     where user_id = ? and revoked_at is null and (expires_at is null or expires_at > ?)`,
    [userId, now],
  );
  return row?.count ?? 0;
}

export type ShownApiKey = ReturnType<typeof present>;

function present(row: ApiKeyRow) {
  const { per_minute, per_hour } = row;
  return {
    key_id: row.id,
    last_four: row.last_four,
    name: row.name,
    role: row.role,
    candidate_id: row.candidate_id,
    user_id: row.user_id,
    created_by: row.created_by,
    rate_limit: per_minute === null || per_hour === null ? null : { per_minute, per_hour },
    expires_at: instant(row.expires_at),
    revoked_at: instant(row.revoked_at),
    created_at: new Date(row.created_at).toISOString(),
  };
}
