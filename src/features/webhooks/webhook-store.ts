import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../errors.ts';
import { afterOf, toPage, type Page } from '../../http/routing/schemas.ts';
import type { Owner } from '../../owner.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import { instant } from '../../time/instant.ts';
import type { DisabledReason } from './webhook.ts';

export interface WebhookRow {
  id: string;
  owner: string;
  url: string;
  disabled_reason: DisabledReason | null;
  previous_until: string | Date | null;
  created_at: string | Date;
  updated_at: string | Date;
}

const columns = 'id, owner, url, disabled_reason, previous_until, created_at, updated_at';
const visible = '(?::text is null or owner = ?)';

/** Roles that the routes of webhooks ask for. */
const MAY = `('assessor', 'admin')`;

/**
 * Whether the caller that made it may still ask for one, as SQL over `webhooks w`: no disabled account, no revoked or
 * expired key, none of a lesser role by now, no key of such an account. Takes one parameter, the time.
 */
export const OWNER_IS_ACTIVE = `(
  not exists (select 1 from users u where u.id = w.user_id and (u.disabled or u.role not in ${MAY}))
  and not exists (select 1 from api_keys k left join users u on u.id = k.user_id where k.id = w.key_id
    and (k.revoked_at is not null or k.expires_at <= ? or coalesce(u.disabled or u.role not in ${MAY}, false))))`;

/** Of one caller. */
const MOST_WEBHOOKS = 20;

/** @throws {AppError} CONFLICT when the caller has as many as it may */
export async function insertWebhook(
  tx: Transaction,
  webhook: { id: string; owner: string; url: string; secret: string; at: Date },
): Promise<WebhookRow> {
  const { id, owner, url, secret, at } = webhook;
  // Two requests at a time must not both be the last one.
  await tx.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`webhooks ${owner}`]);
  const [row] = await tx.execute<WebhookRow[]>(
    `insert into webhooks (id, owner, user_id, key_id, url, secret, created_at, updated_at)
     select ?, ?, (select id from users where id = ?), (select id from api_keys where 'key_' || id = ?), ?, ?, ?, ?
     where (select count(*) from webhooks where owner = ?) < ${MOST_WEBHOOKS} returning ${columns}`,
    [id, owner, owner, owner, url, secret, at, at, owner],
  );
  if (row !== undefined) return row;
  throw new AppError('CONFLICT', `A caller has at most ${MOST_WEBHOOKS} webhooks.`, {
    help: { suggestion: 'Delete one that is not used any more.' },
  });
}

export async function listWebhooks(
  em: SqlEntityManager,
  owner: Owner,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<ShownWebhook>> {
  const list = ['webhooks'];
  const rows = await em.execute<WebhookRow[]>(
    `select ${columns} from webhooks where ${visible} and id > ? order by id limit ?`,
    [owner, owner, afterOf(cursor, list) ?? '', limit + 1],
  );
  return toPage(rows, { limit, list }, ({ id }) => id, presentWebhook);
}

/** @throws {AppError} NOT_FOUND also for one of somebody else */
export async function getWebhook(
  em: SqlEntityManager,
  owner: Owner,
  id: string,
): Promise<WebhookRow> {
  const [row] = await em.execute<WebhookRow[]>(
    `select ${columns} from webhooks where ${visible} and id = ?`,
    [owner, owner, id],
  );
  return found(row);
}

export interface WebhookChange {
  /** Undefined: as it is. */
  enabled: boolean | undefined;
  /** Encrypted; the former one signs until then as well. Undefined: as it is. */
  rotation: { secret: string; previousUntil: Date } | undefined;
  at: Date;
}

/** @throws {AppError} NOT_FOUND */
export async function updateWebhook(
  tx: Transaction,
  owner: Owner,
  id: string,
  { enabled, rotation, at }: WebhookChange,
): Promise<WebhookRow> {
  const isKept = enabled === undefined;
  const reason = enabled === false ? 'owner' : null;
  const [row] = await tx.execute<WebhookRow[]>(
    `update webhooks set updated_at = ?,
       disabled_reason = case when ?::boolean then disabled_reason else ?::text end,
       previous_secret = case when ?::text is null then previous_secret else secret end,
       previous_until = coalesce(?, previous_until), secret = coalesce(?, secret)
     where ${visible} and id = ? returning ${columns}`,
    [
      at,
      isKept,
      reason,
      rotation?.secret ?? null,
      rotation?.previousUntil ?? null,
      rotation?.secret ?? null,
      owner,
      owner,
      id,
    ],
  );
  return found(row);
}

/** With its deliveries. @throws {AppError} NOT_FOUND */
export async function deleteWebhook(tx: Transaction, owner: Owner, id: string): Promise<void> {
  const rows = await tx.execute<{ id: string }[]>(
    `delete from webhooks where ${visible} and id = ? returning id`,
    [owner, owner, id],
  );
  if (rows.length === 0) throw noSuchWebhook();
}

/** Those that are told of what a caller's work became. */
export async function activeWebhooks(
  em: SqlEntityManager,
  owner: string,
  now: Date,
): Promise<{ id: string; url: string }[]> {
  return em.execute<{ id: string; url: string }[]>(
    `select id, url from webhooks w where owner = ? and disabled_reason is null and ${OWNER_IS_ACTIVE}
     order by id`,
    [owner, now],
  );
}

type ShownWebhook = ReturnType<typeof presentWebhook>;

export function presentWebhook(row: WebhookRow) {
  const { previous_until: until } = row;
  return {
    webhook_id: row.id,
    url: row.url,
    enabled: row.disabled_reason === null,
    disabled_reason: row.disabled_reason,
    former_secret_until: instant(until),
    created_by: row.owner,
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  };
}

function found<T>(row: T | undefined): T {
  if (row === undefined) throw noSuchWebhook();
  return row;
}

function noSuchWebhook(): AppError {
  return new AppError('NOT_FOUND', 'No webhook has this identity.');
}
