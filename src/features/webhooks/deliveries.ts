/**
 * What is told to whom. A delivery is stored, and its first attempt enqueued, in the transaction that ends the work it
 * tells of; requests are made after the commit, by a worker. Each attempt is a job: it stores how it ended and enqueues
 * the next one in one transaction.
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { invalid } from '../../http/routing/validate.ts';
import { readTarget, type TargetRules } from '../../outbound/target-url.ts';
import { inTransaction, type Transaction } from '../../storage/postgres/transaction.ts';
import type { JobQueue } from '../../storage/queue/queue.ts';
import type { QueueDefinition } from '../../storage/queue/definition.ts';
import { disableGone, insertDelivery, recordAttempt } from './delivery-store.ts';
import type { Deliver } from './deliver.ts';
import { deliveryQueue, type WebhookEvent } from './webhook.ts';
import { activeWebhooks } from './webhook-store.ts';

export interface WebhookMessage {
  /** Caller whose work it was. */
  owner: string;
  event: WebhookEvent;
  /** Ids and numbers; no text of a submission. */
  data: Record<string, unknown>;
  /** Whom `data` is about; null: nobody. */
  candidateId: string | null;
  /** Where that work was to be told of, besides the webhooks; null: nowhere. */
  callbackUrl: string | null;
}

type Enqueue = (tx: Transaction, message: WebhookMessage) => Promise<void>;

/**
 * A `callback_url` is signed by the secret of the webhook that it lies under, and told instead of that one.
 *
 * @throws {AppError} VALIDATION_ERROR when it lies under none, or no request would be made to it
 */
export type CheckCallback = (em: SqlEntityManager, owner: string, url: string) => Promise<void>;

export interface Deliveries {
  enqueue: Enqueue;
  checkCallback: CheckCallback;
  /** A delivery that is stored, from its first attempt on. */
  sendAgain: (tx: Transaction, id: string) => Promise<void>;
}

export function createDeliveries(deps: {
  /** Of what a delivery may be sent to: the same as for its attempts. */
  rules: TargetRules;
  queue: Pick<JobQueue, 'send'>;
  now: () => Date;
  /** UUIDv7, for they are listed in its order. */
  newId: () => string;
}): Deliveries {
  const { rules, queue, now, newId } = deps;
  const sendAgain = async (tx: Transaction, id: string) => {
    await queue.send(tx, deliveryQueue.name, { data: { delivery_id: id, tries: 1 } });
  };
  return {
    async enqueue(tx, { owner, event, data, candidateId, callbackUrl }) {
      const at = now();
      const webhooks = await activeWebhooks(tx, owner, at);
      const callback =
        callbackUrl === null ? undefined : above(readTarget(callbackUrl, rules), webhooks);
      const payload = JSON.stringify({ type: event, timestamp: at.toISOString(), data });
      for (const webhook of webhooks) {
        const id = `msg_${newId()}`;
        await insertDelivery(tx, {
          id,
          webhookId: webhook.id,
          event,
          callbackUrl: webhook === callback ? callbackUrl : null,
          candidateId,
          payload,
          at,
        });
        await sendAgain(tx, id);
      }
    },
    async checkCallback(em, owner, url) {
      const target = readTarget(url, rules);
      if (above(target, await activeWebhooks(em, owner, now())) !== undefined) return;
      const message =
        typeof target === 'string'
          ? target
          : 'must be the URL of an enabled webhook of yours, or lie under it';
      throw invalid('The request body does not fit.', [
        { pointer: '/callback_url', message, code: 'custom' },
      ]);
    },
    sendAgain,
  };
}

/** The webhook that a URL lies under, closest first: the same origin, and its path or one below it. */
function above<T extends { url: string }>(
  url: ReturnType<typeof readTarget>,
  webhooks: readonly T[],
): T | undefined {
  if (typeof url === 'string') return undefined;
  return webhooks
    .filter((webhook) => isUnder(url, new URL(webhook.url)))
    .toSorted((a, b) => b.url.length - a.url.length)[0];
}

function isUnder(url: URL, base: URL): boolean {
  if (url.origin !== base.origin) return false;
  // An encoded slash or dot means a path of its own to some servers.
  if (/%2f|%5c|%2e/i.test(url.pathname)) return false;
  return url.pathname === base.pathname || url.pathname.startsWith(asFolder(base.pathname));
}

function asFolder(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

/** Works off the attempts. */
export function deliveryJobs(deps: {
  queue: Pick<JobQueue, 'send'>;
  deliver: Deliver;
  em: () => SqlEntityManager;
  now: () => Date;
}): QueueDefinition {
  const { queue, deliver, em, now } = deps;
  return {
    ...deliveryQueue,
    async work(job, signal) {
      const { id, tries } = attemptIn(job.data);
      const done = await deliver(id, tries, signal);
      if (done === undefined) return;
      await inTransaction(em(), async (tx) => {
        // The webhook before its deliveries, as by who deletes it; the queue's row last.
        if (done.error === 'gone' && !done.isCallback)
          await disableGone(tx, done.webhookId, done.at);
        await recordAttempt(tx, id, done);
        if (done.nextAttemptAt !== null) {
          const data = { delivery_id: id, tries: tries + 1 };
          await queue.send(tx, deliveryQueue.name, { data, startAfter: done.nextAttemptAt });
        }
        await job.complete(tx);
      });
    },
    // A defect of ours, again and again: its owner sees it, and may send it again.
    async failed(tx, job, _error, isDead) {
      if (!isDead) return;
      await recordAttempt(tx, attemptIn(job.data).id, {
        status: 'dead',
        error: 'internal_error',
        httpStatus: null,
        isAttempt: false,
        nextAttemptAt: null,
        at: now(),
      });
    },
  };
}

function attemptIn(data: Record<string, unknown>): { id: string; tries: number } {
  return { id: String(data['delivery_id']), tries: Number(data['tries']) };
}
