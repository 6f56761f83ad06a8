import { defineEntity, p } from '@mikro-orm/core';
import { MAX_URL_CHARACTERS } from '../../outbound/target-url.ts';
import { ApiKeyEntity, UserEntity } from '../access/access.entity.ts';
import type { DeliveryError, DeliveryStatus, DisabledReason, WebhookEvent } from './webhook.ts';

const id = (length: number) => p.string().columnType(`varchar(${length})`).collation('C');
const targetUrl = () => p.string().columnType(`varchar(${MAX_URL_CHARACTERS})`);

export const WebhookEntity = defineEntity({
  name: 'Webhook',
  tableName: 'webhooks',
  indexes: [{ properties: ['owner'] }, { properties: ['user'] }, { properties: ['key'] }],
  properties: {
    /** `webhook_…` */
    id: id(44).primary(),
    /** Caller that made it. */
    owner: id(64),
    /** The caller as an account, or as a key: it ends with them. */
    user: () => p.manyToOne(UserEntity).fieldName('user_id').nullable().deleteRule('cascade'),
    key: () => p.manyToOne(ApiKeyEntity).fieldName('key_id').nullable().deleteRule('cascade'),
    url: targetUrl(),
    /** Encrypted (`webhook-secret.ts`). */
    secret: p.string().columnType('varchar(200)'),
    /** The one before the last rotation, which signs as well until then. */
    previousSecret: p.string().columnType('varchar(200)').fieldName('previous_secret').nullable(),
    previousUntil: p.datetime(3).fieldName('previous_until').nullable(),
    /** Null: it is enabled. */
    disabledReason: p
      .string()
      .columnType('varchar(16)')
      .$type<DisabledReason>()
      .fieldName('disabled_reason')
      .nullable(),
    createdAt: p.datetime(3).fieldName('created_at'),
    updatedAt: p.datetime(3).fieldName('updated_at'),
  },
});

export const WebhookDeliveryEntity = defineEntity({
  name: 'WebhookDelivery',
  tableName: 'webhook_deliveries',
  indexes: [
    { properties: ['webhook', 'id'] },
    { properties: ['candidateId'] },
    { properties: ['createdAt'] },
    {
      name: 'webhook_deliveries_due_index',
      expression: `create index webhook_deliveries_due_index on webhook_deliveries (next_attempt_at) where status in ('queued', 'retrying')`,
    },
  ],
  properties: {
    /** `msg_…`: `webhook-id` of each attempt. */
    id: id(40).primary(),
    webhook: () => p.manyToOne(WebhookEntity).fieldName('webhook_id').deleteRule('cascade'),
    event: p.string().columnType('varchar(32)').$type<WebhookEvent>(),
    /** In place of the webhook's. */
    callbackUrl: targetUrl().fieldName('callback_url').nullable(),
    /** Whom the payload is about. */
    candidateId: id(100).fieldName('candidate_id').nullable(),
    /** `json`, since the very bytes are signed. */
    payload: p.json<Record<string, unknown>>().columnType('json'),
    status: p.string().columnType('varchar(16)').$type<DeliveryStatus>(),
    attempts: p.integer(),
    httpStatus: p.integer().fieldName('http_status').nullable(),
    error: p.string().columnType('varchar(24)').$type<DeliveryError>().nullable(),
    createdAt: p.datetime(3).fieldName('created_at'),
    attemptedAt: p.datetime(3).fieldName('attempted_at').nullable(),
    nextAttemptAt: p.datetime(3).fieldName('next_attempt_at').nullable(),
    deliveredAt: p.datetime(3).fieldName('delivered_at').nullable(),
  },
});
