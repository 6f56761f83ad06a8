/**
 * Refresh tokens: each is exchanged once, for its one successor. Two clients that exchange the same token at
 * the same moment both get that successor, which follows from the token and a key of the service, so that it is
 * stored nowhere. A token that comes back after `LEEWAY_MS` was stolen, or its successor was: the family ends.
 */
import { createHmac } from 'node:crypto';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import type { RandomBytes } from './api-key.ts';
import { sha256, type DerivedKeys } from './secrets.ts';
import { lockAccount, type Account } from './user-store.ts';

const LIFETIME_MS = 30 * 86_400_000;
const LEEWAY_MS = 60_000;
const PREFIX = 'se_refresh_';
const FORM = /^se_refresh_[\w-]{43}$/;
/** Expired ones that one statement clears away. */
const SWEEP = 1000;

interface RefreshRow {
  family: string;
  user_id: string;
  successor_hash: string | null;
  rotated_at: string | Date | null;
  expires_at: string | Date;
}

type Outcome = 'ok' | 'invalid' | 'expired' | 'revoked';
export type Exchange =
  | { outcome: 'ok'; account: Account; refreshToken: string }
  /** The family has ended with this one. */
  | { outcome: 'reused'; account: Account; family: string }
  | { outcome: Exclude<Outcome, 'ok'> };

/** The first one of a family. */
export async function startFamily(
  tx: Transaction,
  deps: { userId: string; family: string; now: Date; randomBytes: RandomBytes },
): Promise<string> {
  const { userId, family, now, randomBytes } = deps;
  const token = PREFIX + randomBytes(32).toString('base64url');
  const expiresAt = new Date(now.getTime() + LIFETIME_MS);
  await insert(tx, token, { family, userId, expiresAt, now });
  return token;
}

/** @param keys the first one makes successors; the others know those that they have made */
export async function exchange(
  tx: Transaction,
  token: string,
  { keys, now }: { keys: readonly [DerivedKeys, ...DerivedKeys[]]; now: Date },
): Promise<Exchange> {
  const userId = (await find(tx, token))?.user_id;
  const account = userId === undefined ? undefined : await lockAccount(tx, userId);
  // Again, behind whoever exchanges a token of this account at the same moment.
  const row = account === undefined ? undefined : await find(tx, token);
  if (account === undefined || row === undefined) return { outcome: 'invalid' };
  if (account.disabled) return { outcome: 'revoked' };
  const expiresAt = new Date(row.expires_at);
  if (expiresAt <= now) return { outcome: 'expired' };
  if (row.rotated_at !== null) return again(tx, token, { row, account, keys, now });
  const successor = successorOf(token, keys[0]);
  await tx.execute('update refresh_tokens set rotated_at = ?, successor_hash = ? where hash = ?', [
    now,
    sha256(successor),
    sha256(token),
  ]);
  await insert(tx, successor, { family: row.family, userId: account.id, expiresAt, now });
  return { outcome: 'ok', account, refreshToken: successor };
}

async function again(
  tx: Transaction,
  token: string,
  deps: { row: RefreshRow; account: Account; keys: readonly DerivedKeys[]; now: Date },
): Promise<Exchange> {
  const { row, account, keys, now } = deps;
  const { family, rotated_at, successor_hash } = row;
  if (now.getTime() - new Date(rotated_at ?? 0).getTime() > LEEWAY_MS) {
    await endFamilies(tx, { family });
    return { outcome: 'reused', account, family };
  }
  const successor = keys
    .map((key) => successorOf(token, key))
    .find((each) => sha256(each) === successor_hash);
  if (successor === undefined) return { outcome: 'invalid' };
  return { outcome: 'ok', account, refreshToken: successor };
}

/** Ends the family of a token, if there is one. */
export async function endFamilyOf(em: SqlEntityManager, token: string): Promise<void> {
  if (!FORM.test(token)) return;
  await em.execute(
    'delete from refresh_tokens where family = (select family from refresh_tokens where hash = ?)',
    [sha256(token)],
  );
}

/** One family, or all of an account. */
export async function endFamilies(
  tx: Transaction,
  which: { family: string } | { userId: string },
): Promise<void> {
  const [column, value] = 'family' in which ? ['family', which.family] : ['user_id', which.userId];
  await tx.execute(`delete from refresh_tokens where ${column} = ?`, [value]);
}

/** @returns how many there were */
export async function sweepRefreshTokens(em: SqlEntityManager, now: Date): Promise<number> {
  let swept = 0;
  for (;;) {
    const rows = await em.execute<unknown[]>(
      `delete from refresh_tokens where hash in
         (select hash from refresh_tokens where expires_at <= ? limit ${SWEEP} for update skip locked)
       returning hash`,
      [now],
    );
    swept += rows.length;
    if (rows.length < SWEEP) return swept;
  }
}

async function find(tx: Transaction, token: string): Promise<RefreshRow | undefined> {
  if (!FORM.test(token)) return undefined;
  const [row] = await tx.execute<RefreshRow[]>(
    'select family, user_id, successor_hash, rotated_at, expires_at from refresh_tokens where hash = ?',
    [sha256(token)],
  );
  return row;
}

async function insert(
  tx: Transaction,
  token: string,
  row: { family: string; userId: string; expiresAt: Date; now: Date },
): Promise<void> {
  await tx.execute(
    'insert into refresh_tokens (hash, family, user_id, expires_at, created_at) values (?, ?, ?, ?, ?)',
    [sha256(token), row.family, row.userId, row.expiresAt, row.now],
  );
}

function successorOf(token: string, { refreshTokens }: DerivedKeys): string {
  return PREFIX + createHmac('sha256', refreshTokens).update(token).digest('base64url');
}
