/** Webhooks, as what is stored of persons: those that a person made, and what was told of one. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { JsonText, writeJson } from '../../json/json-text.ts';
import type { PersonalData } from '../../storage/personal-data.ts';
import { WebhookDeliveryEntity } from './webhook.entity.ts';
import { webhookEvents } from './webhook.ts';

const at = z.iso.datetime();

/** What was told of a person, or is to be: an attempt that finds its delivery gone tells nothing. */
const deliveries: PersonalData = {
  kind: 'webhook_deliveries',
  tables: ['webhook_deliveries'],
  schema: z
    .object({
      event: z.enum(webhookEvents).describe('What happened'),
      payload: z.unknown().describe('What was told of it'),
      created_at: at.describe('When it happened'),
    })
    .meta({ id: 'StoredDelivery', description: 'What a webhook was told of a person.' }),
  async next(em: SqlEntityManager, candidateId: string, after: string) {
    const [row] = await em.execute<
      { id: string; event: string; payload: string; created_at: string | Date }[]
    >(
      `select id, event, payload::text as payload, created_at from webhook_deliveries
       where candidate_id = ? and id > ? order by id limit 1`,
      [candidateId, after],
    );
    if (row === undefined) return undefined;
    const { id, event, payload } = row;
    const createdAt = new Date(row.created_at).toISOString();
    return {
      key: id,
      text: writeJson({ event, payload: new JsonText(payload), created_at: createdAt }),
    };
  },
  erase: (tx, candidateId) => tx.nativeDelete(WebhookDeliveryEntity, { candidateId }),
};

const OF_PERSON = `(user_id in (select id from users where candidate_id = ?)
  or key_id in (select id from api_keys where candidate_id = ?))`;

/** Of an account or a key that is a person's by now. Before those, with which they go uncounted. */
const webhooks: PersonalData = {
  kind: 'webhooks',
  tables: ['webhooks'],
  schema: z
    .object({
      webhook_id: z.string().describe('Identity of the webhook'),
      url: z.string().describe('Whom it tells'),
      created_at: at.describe('When it was made'),
    })
    .meta({ id: 'StoredWebhook', description: 'A webhook that a person made.' }),
  async next(em: SqlEntityManager, candidateId: string, after: string) {
    const [row] = await em.execute<{ id: string; url: string; created_at: string | Date }[]>(
      `select id, url, created_at from webhooks where ${OF_PERSON} and id > ? order by id limit 1`,
      [candidateId, candidateId, after],
    );
    if (row === undefined) return undefined;
    const { id, url } = row;
    const createdAt = new Date(row.created_at).toISOString();
    return { key: id, text: JSON.stringify({ webhook_id: id, url, created_at: createdAt }) };
  },
  async erase(tx, candidateId) {
    const rows = await tx.execute<unknown[]>(
      `delete from webhooks where ${OF_PERSON} returning id`,
      [candidateId, candidateId],
    );
    return rows.length;
  },
};

export const personalWebhooks: readonly PersonalData[] = [deliveries, webhooks];
