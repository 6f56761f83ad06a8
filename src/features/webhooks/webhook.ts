/** The words of webhooks, and the name of their queue. */
import type { QueueOptions } from '../../storage/queue/queue.ts';

export const webhookEvents = [
  'assessment.completed',
  'assessment.failed',
  'assessment.cancelled',
  'batch.completed',
] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

/** What somebody does to a webhook, as the audit log calls it. */
export type WebhookAction =
  | 'webhook.created'
  | 'webhook.changed'
  | 'webhook.secret_rotated'
  | 'webhook.deleted'
  | 'webhook.resent';

/** `queued` and `retrying` have another attempt before them; `dead` has none. */
export const deliveryStatuses = ['queued', 'retrying', 'delivered', 'dead'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** Why the last attempt did not deliver: all that a receiver's owner is told. */
export const deliveryErrors = [
  // Nothing was connected.
  'url_refused',
  'address_refused',
  'dns_failed',
  'circuit_open',
  'webhook_disabled',
  'secret_unreadable',
  // Nothing was answered.
  'connection_failed',
  'tls_failed',
  'timeout',
  // What was answered was no 2xx.
  'redirected',
  'gone',
  'http_status',
  'internal_error',
] as const;
export type DeliveryError = (typeof deliveryErrors)[number];

/** By its owner, or by a receiver that answered 410. */
export const disabledReasons = ['owner', 'gone'] as const;
export type DisabledReason = (typeof disabledReasons)[number];

/**
 * A job is one attempt at one delivery, and enqueues the next one itself (`deliveries.ts`): the retries here are for
 * what goes wrong on our side.
 */
export const deliveryQueue: QueueOptions = {
  name: 'webhook-delivery',
  retries: 5,
  backoff: { firstSeconds: 5, maxSeconds: 60 },
  timeoutSeconds: 60,
};
