import { z } from 'zod';
import { MAX_URL_CHARACTERS, readTarget, type TargetRules } from '../../outbound/target-url.ts';
import { deliveryErrors, deliveryStatuses, disabledReasons, webhookEvents } from './webhook.ts';

const time = z.iso.datetime();
const webhookId = z.string().regex(/^webhook_[0-9a-f-]{36}$/);
const deliveryId = z.string().regex(/^msg_[0-9a-f-]{36}$/);

export const webhookParams = z.object({ id: webhookId.describe('Of the webhook') });
export const deliveryParams = z.object({
  id: webhookId.describe('Of the webhook'),
  delivery: deliveryId.describe('Of the delivery'),
});

/** As the URL parser writes it. */
const targetUrl = (rules: TargetRules) =>
  z
    .string()
    .transform((text, ctx) => {
      const target = readTarget(text, rules);
      if (typeof target !== 'string') return target.href;
      ctx.addIssue({ code: 'custom', message: target });
      return z.NEVER;
    })
    .meta({
      description: `https to a host of the internet, at port 443, of at most ${MAX_URL_CHARACTERS} characters, without credentials and fragment`,
      examples: ['https://lms.example.com/hooks/sono-eval'],
    });

export function newWebhook(rules: TargetRules) {
  return z
    .strictObject({ url: targetUrl(rules) })
    .meta({ id: 'NewWebhook', description: 'A webhook to create.' });
}

export const webhookChange = z
  .strictObject({
    enabled: z.boolean().optional().describe('A disabled webhook is told nothing'),
    rotate_secret: z
      .literal(true)
      .optional()
      .describe('Answers a new secret; the former one signs as well for 24 hours'),
  })
  .refine((change) => Object.keys(change).length > 0, 'must have at least one member')
  .meta({ id: 'WebhookChange', description: 'What is to be different.' });

export const webhookSchema = z
  .object({
    webhook_id: z.string().describe('Identity of the webhook'),
    url: z.string().describe('Whom it tells'),
    enabled: z.boolean().describe('Whether it is told anything'),
    disabled_reason: z
      .enum(disabledReasons)
      .nullable()
      .describe('`gone`: its URL answered 410; null: it is enabled'),
    former_secret_until: time
      .nullable()
      .describe('Until when the secret before the last rotation signs as well; null: none was'),
    created_by: z.string().describe('Caller that created it, and of whose work it tells'),
    created_at: time.describe('When it was created'),
    updated_at: time.describe('When it was changed last'),
  })
  .meta({ id: 'Webhook', description: 'A webhook, without its secret.' });

const secret = z.string().describe('Signs what is sent (Standard Webhooks); shown this once');
export const createdWebhookSchema = webhookSchema
  .extend({ secret })
  .meta({ id: 'CreatedWebhook', description: 'A webhook with its secret.' });
export const changedWebhookSchema = webhookSchema
  .extend({ secret: secret.optional() })
  .meta({ id: 'ChangedWebhook', description: 'A webhook, with its secret when that is new.' });

export const deliverySchema = z
  .object({
    delivery_id: z.string().describe('Identity of the delivery; `webhook-id` of each attempt'),
    event: z.enum(webhookEvents).describe('What it tells of'),
    callback_url: z.string().nullable().describe('Where it goes; null: to the URL of the webhook'),
    status: z.enum(deliveryStatuses).describe('`dead`: it was given up'),
    attempts: z.int().describe('Requests that were made'),
    http_status: z.int().nullable().describe('Of the last answer; null: there was none'),
    error: z
      .enum(deliveryErrors)
      .nullable()
      .describe('Why the last attempt failed; null: it did not'),
    created_at: time.describe('When what it tells of happened'),
    attempted_at: time.nullable().describe('When the last request ended; null: there was none'),
    next_attempt_at: time.nullable().describe('When it is tried next; null: it is not'),
    delivered_at: time.nullable().describe('When it was delivered last; null: it was not'),
  })
  .meta({ id: 'WebhookDelivery', description: 'What a webhook is told, and how that went.' });
