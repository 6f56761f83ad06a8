/**
 * What accounts and keys may do now. Rows are kept in the process for at most 5 s, and ended over the bus in
 * every process when they change: what was revoked is refused at once, and where the bus is deaf after 5 s.
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Role } from '../../http/request/caller.ts';
import type { Cache } from '../../resilience/cache/cache.ts';

const TTL_SECONDS = 5;
/** Of every entry: for what changes many at a time. */
export const RIGHTS_TAG = 'access_rights';

export interface UserRights {
  role: Role;
  candidateId: string | null;
  tokenVersion: number;
  disabled: boolean;
}

export interface KeyRights {
  secretHmac: string;
  role: Role;
  candidateId: string | null;
  userId: string | null;
  quota: { perMinute: number; perHour: number } | null;
  /** Milliseconds since 1970; null: never. */
  expiresAt: number | null;
  revoked: boolean;
}

export interface Rights {
  user: (id: string, signal: AbortSignal) => Promise<UserRights | undefined>;
  key: (id: string, signal: AbortSignal) => Promise<KeyRights | undefined>;
  /** Whether there is an enabled account or a valid key with the role. */
  hasAdmin: (signal: AbortSignal) => Promise<boolean>;
  /** After a commit, also one that may have failed. */
  changed: (what: { users?: string[]; keys?: string[] }) => Promise<void>;
}

export function createRights(deps: {
  cache: Cache;
  em: (signal: AbortSignal) => SqlEntityManager;
  now: () => Date;
}): Rights {
  const { cache, em, now } = deps;
  // Without schemas: rights and the HMACs of keys stay in the process.
  const users = cache.define<UserRights>({ name: 'access_users', ttlSeconds: TTL_SECONDS });
  const keys = cache.define<KeyRights>({ name: 'access_keys', ttlSeconds: TTL_SECONDS });
  const admins = cache.define<boolean>({ name: 'access_admins', ttlSeconds: TTL_SECONDS });
  const tags = [RIGHTS_TAG];
  return {
    async user(id, signal) {
      const load = (abort: AbortSignal) => loadUser(em(abort), id);
      return (await users.get([id], load, { tags, signal })).value;
    },
    async key(id, signal) {
      const load = (abort: AbortSignal) => loadKey(em(abort), id);
      return (await keys.get([id], load, { tags, signal })).value;
    },
    async hasAdmin(signal) {
      const load = (abort: AbortSignal) => findAdmin(em(abort), now());
      return (await admins.get([], load, { tags, signal })).value === true;
    },
    async changed({ users: userIds = [], keys: keyIds = [] }) {
      await cache.invalidate({
        keys: [
          ...userIds.map((id) => users.keyOf([id])),
          ...keyIds.map((id) => keys.keyOf([id])),
          admins.keyOf([]),
        ],
      });
    },
  };
}

interface UserRow {
  role: Role;
  candidate_id: string | null;
  token_version: number;
  disabled: boolean;
}

async function loadUser(em: SqlEntityManager, id: string): Promise<UserRights | undefined> {
  const [row] = await em.execute<UserRow[]>(
    'select role, candidate_id, token_version, disabled from users where id = ?',
    [id],
  );
  if (row === undefined) return undefined;
  const { role, candidate_id, token_version, disabled } = row;
  return { role, candidateId: candidate_id, tokenVersion: token_version, disabled };
}

interface KeyRow {
  secret_hmac: string;
  role: Role;
  candidate_id: string | null;
  user_id: string | null;
  per_minute: number | null;
  per_hour: number | null;
  expires_at: string | Date | null;
  revoked_at: string | Date | null;
}

async function loadKey(em: SqlEntityManager, id: string): Promise<KeyRights | undefined> {
  const [row] = await em.execute<KeyRow[]>(
    `select secret_hmac, role, candidate_id, user_id, per_minute, per_hour, expires_at, revoked_at
     from api_keys where id = ?`,
    [id],
  );
  if (row === undefined) return undefined;
  const { per_minute: perMinute, per_hour: perHour } = row;
  return {
    secretHmac: row.secret_hmac,
    role: row.role,
    candidateId: row.candidate_id,
    userId: row.user_id,
    quota: perMinute === null || perHour === null ? null : { perMinute, perHour },
    expiresAt: row.expires_at === null ? null : new Date(row.expires_at).getTime(),
    revoked: row.revoked_at !== null,
  };
}

async function findAdmin(em: SqlEntityManager, now: Date): Promise<boolean> {
  const rows = await em.execute<unknown[]>(
    `select 1 from users where role = 'admin' and not disabled
     union all
     select 1 from api_keys k left join users u on u.id = k.user_id
     where k.role = 'admin' and k.revoked_at is null and (k.expires_at is null or k.expires_at > ?)
       and (k.user_id is null or (u.role = 'admin' and not u.disabled))
     limit 1`,
    [now],
  );
  return rows.length > 0;
}
