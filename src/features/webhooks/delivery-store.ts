import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../errors.ts';
import { afterOf, toPage, type Page } from '../../http/routing/schemas.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import { openJobOfExists } from '../../storage/queue/open-jobs.ts';
import { instant } from '../../time/instant.ts';
import {
  deliveryQueue,
  type DeliveryError,
  type DeliveryStatus,
  type WebhookEvent,
} from './webhook.ts';
import { OWNER_IS_ACTIVE } from './webhook-store.ts';

interface DeliveryRow {
  id: string;
  event: WebhookEvent;
  callback_url: string | null;
  status: DeliveryStatus;
  attempts: number;
  http_status: number | null;
  error: DeliveryError | null;
  created_at: string | Date;
  attempted_at: string | Date | null;
  next_attempt_at: string | Date | null;
  delivered_at: string | Date | null;
}

const columns =
  'id, event, callback_url, status, attempts, http_status, error, created_at, attempted_at, next_attempt_at, delivered_at';

export async function insertDelivery(
  tx: Transaction,
  delivery: {
    id: string;
    webhookId: string;
    event: WebhookEvent;
    callbackUrl: string | null;
    candidateId: string | null;
    /** JSON. */
    payload: string;
    at: Date;
  },
): Promise<void> {
  const { id, webhookId, event, callbackUrl, candidateId, payload, at } = delivery;
  await tx.execute(
    `insert into webhook_deliveries
       (id, webhook_id, event, callback_url, candidate_id, payload, status, attempts, created_at, next_attempt_at)
     values (?, ?, ?, ?, ?, ?::json, 'queued', 0, ?, ?)`,
    [id, webhookId, event, callbackUrl, candidateId, payload, at, at],
  );
}

/** Newest first. */
export async function listDeliveries(
  em: SqlEntityManager,
  webhookId: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<ShownDelivery>> {
  const list = ['webhook deliveries', webhookId];
  const rows = await em.execute<DeliveryRow[]>(
    `select ${columns} from webhook_deliveries where webhook_id = ? and id < ? order by id desc limit ?`,
    [webhookId, afterOf(cursor, list) ?? 'n', limit + 1],
  );
  return toPage(rows, { limit, list }, ({ id }) => id, presentDelivery);
}

/**
 * One that has ended is to be sent again.
 *
 * @throws {AppError} NOT_FOUND; CONFLICT when it has not ended
 */
export async function requeueDelivery(
  tx: Transaction,
  { webhookId, id, at }: { webhookId: string; id: string; at: Date },
): Promise<ShownDelivery> {
  const [row] = await tx.execute<DeliveryRow[]>(
    `select ${columns} from webhook_deliveries where webhook_id = ? and id = ? for update`,
    [webhookId, id],
  );
  if (row === undefined) throw new AppError('NOT_FOUND', 'No delivery has this identity.');
  if (row.status !== 'delivered' && row.status !== 'dead') {
    throw new AppError('CONFLICT', 'This delivery has not ended: it is tried by itself.');
  }
  await tx.execute(
    `update webhook_deliveries set status = 'queued', next_attempt_at = ? where id = ?`,
    [at, id],
  );
  return presentDelivery({ ...row, status: 'queued', next_attempt_at: at });
}

/** What an attempt needs. */
export interface DueDelivery {
  id: string;
  webhook_id: string;
  event: WebhookEvent;
  url: string;
  /** Whether that is its `callback_url`. */
  is_callback: boolean;
  /** The text that was stored. */
  payload: string;
  secret: string;
  /** Null: none that still signs. */
  previous_secret: string | null;
  is_enabled: boolean;
}

/** @returns undefined when it has ended or is gone */
export async function findDue(
  em: SqlEntityManager,
  id: string,
  now: Date,
): Promise<DueDelivery | undefined> {
  const [row] = await em.execute<DueDelivery[]>(
    `select d.id, d.webhook_id, d.event, coalesce(d.callback_url, w.url) as url,
       d.callback_url is not null as is_callback, d.payload::text as payload,
       w.secret, case when w.previous_until > ? then w.previous_secret end as previous_secret,
       w.disabled_reason is null and ${OWNER_IS_ACTIVE} as is_enabled
     from webhook_deliveries d join webhooks w on w.id = d.webhook_id
     where d.id = ? and d.status in ('queued', 'retrying')`,
    [now, now, id],
  );
  return row;
}

export interface Attempted {
  status: Exclude<DeliveryStatus, 'queued'>;
  error: DeliveryError | null;
  httpStatus: number | null;
  /** Whether a request was made. */
  isAttempt: boolean;
  nextAttemptAt: Date | null;
  at: Date;
}

export async function recordAttempt(tx: Transaction, id: string, done: Attempted): Promise<void> {
  const { status, error, httpStatus, isAttempt, nextAttemptAt, at } = done;
  await tx.execute(
    `update webhook_deliveries set status = ?, error = ?, http_status = ?, attempts = attempts + ?,
       attempted_at = case when ?::boolean then ? else attempted_at end, next_attempt_at = ?,
       delivered_at = case when ?::text = 'delivered' then ? else delivered_at end
     where id = ?`,
    [status, error, httpStatus, isAttempt ? 1 : 0, isAttempt, at, nextAttemptAt, status, at, id],
  );
}

/** Its receiver wants to be asked no more. */
export async function disableGone(tx: Transaction, webhookId: string, at: Date): Promise<void> {
  await tx.execute(
    `update webhooks set disabled_reason = 'gone', updated_at = ? where id = ? and disabled_reason is null`,
    [at, webhookId],
  );
}

/**
 * Those whose next attempt was due before then and has no job; it is due now. Another process that looks for them at
 * the same time takes others.
 *
 * @returns their ids, of those first that have waited longest
 */
export async function takeOrphans(
  tx: Transaction,
  { before, at, most }: { before: Date; at: Date; most: number },
): Promise<string[]> {
  const rows = await tx.execute<{ id: string }[]>(
    `with orphans as (
       select d.id from webhook_deliveries d
       where d.status in ('queued', 'retrying') and d.next_attempt_at < ? and not ${openJobOfExists('?', '?', 'd.id')}
       order by d.next_attempt_at limit ? for update skip locked)
     update webhook_deliveries d set next_attempt_at = ? from orphans where d.id = orphans.id returning d.id`,
    [before, deliveryQueue.name, 'delivery_id', most, at],
  );
  return rows.map(({ id }) => id);
}

/** @returns how many, at most `most` */
export async function removeDeliveriesBefore(
  em: SqlEntityManager,
  before: Date,
  most: number,
): Promise<number> {
  const rows = await em.execute<unknown[]>(
    `delete from webhook_deliveries where id in
       (select id from webhook_deliveries where created_at < ? limit ?) returning id`,
    [before, most],
  );
  return rows.length;
}

type ShownDelivery = ReturnType<typeof presentDelivery>;

function presentDelivery(row: DeliveryRow) {
  return {
    delivery_id: row.id,
    event: row.event,
    callback_url: row.callback_url,
    status: row.status,
    attempts: row.attempts,
    http_status: row.http_status,
    error: row.error,
    created_at: new Date(row.created_at).toISOString(),
    attempted_at: instant(row.attempted_at),
    next_attempt_at: instant(row.next_attempt_at),
    delivered_at: instant(row.delivered_at),
  };
}
