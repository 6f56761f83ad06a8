import type { Once, Write } from '../../http/idempotency.ts';
import { idempotent } from '../../http/idempotency-headers.ts';
import { eraseKeptAnswersOf } from '../../http/kept-answers.ts';
import type { Caller } from '../../http/request/caller.ts';
import type { RequestContext } from '../../http/request/context.ts';
import { location, route, type Route, type RouteTag } from '../../http/routing/route.ts';
import { pageQuery, pageSchema } from '../../http/routing/schemas.ts';
import type { Owner } from '../../owner.ts';
import type { TargetRules } from '../../outbound/target-url.ts';
import { inTransaction, type Transaction } from '../../storage/postgres/transaction.ts';
import { listDeliveries, requeueDelivery } from './delivery-store.ts';
import type { Deliveries } from './deliveries.ts';
import {
  changedWebhookSchema,
  createdWebhookSchema,
  deliveryParams,
  deliverySchema,
  newWebhook,
  webhookChange,
  webhookParams,
  webhookSchema,
} from './webhook-schemas.ts';
import type { WebhookAction } from './webhook.ts';
import type { WebhookSecrets } from './webhook-secret.ts';
import {
  deleteWebhook,
  getWebhook,
  insertWebhook,
  listWebhooks,
  presentWebhook,
  updateWebhook,
} from './webhook-store.ts';

const tag: RouteTag = { name: 'Webhooks', description: 'Who is told when work has ended.' };
const example = 'webhook_0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d00';
/** For which the secret before a rotation signs as well: receivers change theirs meanwhile. */
const ROTATION_MS = 24 * 3_600_000;
const secretHeaders = { 'Cache-Control': 'no-store' };

/** Writes into the audit log, in the transaction, what somebody does to a webhook. */
export type RecordWebhook = (
  tx: Transaction,
  ctx: RequestContext,
  what: { action: WebhookAction; target: string; details?: Record<string, unknown> },
) => Promise<void>;

export function webhookRoutes(deps: {
  rules: TargetRules;
  secrets: WebhookSecrets;
  deliveries: Pick<Deliveries, 'sendAgain'>;
  once: Once;
  record: RecordWebhook;
  now: () => Date;
  /** UUIDv7. */
  newId: () => string;
}): Route[] {
  const { secrets, record, now, newId } = deps;
  const facts = { tag, access: 'assessor', reply: 'json' } as const;

  return [
    route({
      ...facts,
      method: 'post',
      path: '/api/v1/webhooks',
      operationId: 'createWebhook',
      summary: 'Create a webhook',
      description:
        'It is told when the caller’s own background work has ended: `assessment.completed`, `assessment.failed`, `assessment.cancelled` and, once for a batch, `batch.completed`. It ends with the account or the key that made it. At most 20 for a caller. With an Idempotency-Key the answer is kept encrypted.',
      body: {
        json: newWebhook(deps.rules),
        examples: {
          lms: {
            summary: 'A course system',
            value: { url: 'https://lms.example.com/hooks/sono-eval' },
          },
        },
      },
      responses: {
        201: {
          description: 'The webhook',
          schema: createdWebhookSchema,
          headers: location(locationOf(example)),
        },
      },
      behaviours: [idempotent],
      errors: ['CONFLICT'],
      async handle({ body: { url }, ctx }) {
        const owner = ctx.state.caller.id;
        const create = (write: Write) =>
          write(async (tx) => {
            const id = `webhook_${newId()}`;
            const secret = secrets.create();
            const sealed = secrets.seal(id, secret);
            const row = await insertWebhook(tx, { id, owner, url, secret: sealed, at: now() });
            await record(tx, ctx, { action: 'webhook.created', target: id });
            const headers = { ...secretHeaders, Location: locationOf(id) };
            return { status: 201, body: { ...presentWebhook(row), secret }, headers };
          });
        return deps.once(ctx, null, create, { secret: true });
      },
    }),
    route({
      ...facts,
      method: 'get',
      path: '/api/v1/webhooks',
      operationId: 'listWebhooks',
      summary: 'List webhooks, oldest first',
      description: 'One’s own; administrators see all. None with its secret.',
      body: 'none',
      query: pageQuery,
      responses: {
        200: { description: 'A page', schema: pageSchema(webhookSchema, 'WebhookPage') },
      },
      async handle({ query, ctx }) {
        const { caller, em } = ctx.state;
        return { status: 200, body: await listWebhooks(em, ownerOf(caller), query) };
      },
    }),
    route({
      ...facts,
      method: 'get',
      path: '/api/v1/webhooks/:id',
      operationId: 'getWebhook',
      summary: 'Get a webhook',
      description: 'Without its secret.',
      body: 'none',
      params: webhookParams,
      responses: { 200: { description: 'The webhook', schema: webhookSchema } },
      errors: ['NOT_FOUND'],
      async handle({ params, ctx }) {
        const { caller, em } = ctx.state;
        const row = await getWebhook(em, ownerOf(caller), params.id);
        return { status: 200, body: presentWebhook(row) };
      },
    }),
    route({
      ...facts,
      method: 'patch',
      path: '/api/v1/webhooks/:id',
      operationId: 'changeWebhook',
      summary: 'Enable, disable, or rotate the secret of a webhook',
      description:
        'While it is disabled nothing is stored for it, and what is on its way is given up. After a rotation each request has two signatures for 24 hours. Enabling forgets that a receiver answered 410.',
      body: {
        json: webhookChange,
        examples: { rotate: { summary: 'Another secret', value: { rotate_secret: true } } },
      },
      params: webhookParams,
      responses: { 200: { description: 'The webhook', schema: changedWebhookSchema } },
      errors: ['NOT_FOUND'],
      async handle({ params: { id }, body, ctx }) {
        const { caller, em } = ctx.state;
        const at = now();
        const secret = body.rotate_secret === undefined ? undefined : secrets.create();
        const rotation =
          secret === undefined
            ? undefined
            : {
                secret: secrets.seal(id, secret),
                previousUntil: new Date(at.getTime() + ROTATION_MS),
              };
        const { enabled } = body;
        const row = await inTransaction(em, async (tx) => {
          const changed = await updateWebhook(tx, ownerOf(caller), id, { enabled, rotation, at });
          const on = { target: id };
          if (enabled !== undefined)
            await record(tx, ctx, { action: 'webhook.changed', ...on, details: { enabled } });
          if (rotation !== undefined)
            await record(tx, ctx, { action: 'webhook.secret_rotated', ...on });
          return changed;
        });
        const shown = { ...presentWebhook(row), ...(secret === undefined ? {} : { secret }) };
        return { status: 200, body: shown, headers: secretHeaders };
      },
    }),
    route({
      ...facts,
      method: 'delete',
      path: '/api/v1/webhooks/:id',
      operationId: 'deleteWebhook',
      summary: 'Delete a webhook',
      description: 'With its deliveries, also those that are on their way.',
      body: 'none',
      params: webhookParams,
      responses: { 204: { description: 'Deleted' } },
      errors: ['NOT_FOUND'],
      async handle({ params, ctx }) {
        const { caller, em } = ctx.state;
        await inTransaction(em, async (tx) => {
          await deleteWebhook(tx, ownerOf(caller), params.id);
          await eraseKeptAnswersOf(tx, locationOf(params.id));
          await record(tx, ctx, { action: 'webhook.deleted', target: params.id });
        });
        return { status: 204 };
      },
    }),
    ...deliveryRoutes(deps),
  ];
}

function deliveryRoutes(deps: {
  deliveries: Pick<Deliveries, 'sendAgain'>;
  record: RecordWebhook;
  now: () => Date;
}): Route[] {
  const facts = { tag, access: 'assessor', reply: 'json' } as const;
  return [
    route({
      ...facts,
      method: 'get',
      path: '/api/v1/webhooks/:id/deliveries',
      operationId: 'listWebhookDeliveries',
      summary: 'List what a webhook was told, newest first',
      description: 'Of the last 30 days.',
      body: 'none',
      params: webhookParams,
      query: pageQuery,
      responses: {
        200: { description: 'A page', schema: pageSchema(deliverySchema, 'WebhookDeliveryPage') },
      },
      errors: ['NOT_FOUND'],
      async handle({ params, query, ctx }) {
        const { caller, em } = ctx.state;
        const { id } = await getWebhook(em, ownerOf(caller), params.id);
        return { status: 200, body: await listDeliveries(em, id, query) };
      },
    }),
    route({
      ...facts,
      method: 'post',
      path: '/api/v1/webhooks/:id/deliveries/:delivery/resend',
      operationId: 'resendWebhookDelivery',
      summary: 'Send a delivery again',
      description:
        'One that was delivered or given up, under the same `webhook-id`, with all its attempts before it again.',
      body: 'none',
      params: deliveryParams,
      responses: { 202: { description: 'It is on its way', schema: deliverySchema } },
      errors: ['NOT_FOUND', 'CONFLICT'],
      async handle({ params, ctx }) {
        const { caller, em } = ctx.state;
        const { id: webhookId } = await getWebhook(em, ownerOf(caller), params.id);
        const delivery = await inTransaction(em, async (tx) => {
          const id = params.delivery;
          const requeued = await requeueDelivery(tx, { webhookId, id, at: deps.now() });
          await deps.deliveries.sendAgain(tx, id);
          const details = { delivery: id };
          await deps.record(tx, ctx, { action: 'webhook.resent', target: webhookId, details });
          return requeued;
        });
        return { status: 202, body: delivery };
      },
    }),
  ];
}

function locationOf(id: string): string {
  return `/api/v1/webhooks/${id}`;
}

function ownerOf({ id, role }: Caller): Owner {
  return role === 'admin' ? null : id;
}
