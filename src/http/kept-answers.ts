/** What is kept under idempotency keys, as something that is about persons and about what they have. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { JsonText, writeJson } from '../json/json-text.ts';
import type { PersonalData } from '../storage/personal-data.ts';
import type { Transaction } from '../storage/postgres/transaction.ts';
import { isSealed } from './sealed.ts';
import { IdempotencyKeyEntity } from './idempotency.entity.ts';

interface KeptAnswer {
  id: string;
  status: number;
  headers: Record<string, string>;
  /** JSON text. */
  response: string;
  expires_at: string | Date;
}

/** The answers that are about a person. A request that runs has none yet, and names nobody. */
export const keptAnswers: PersonalData = {
  kind: 'idempotency_keys',
  tables: ['idempotency_keys'],
  schema: z
    .object({
      status: z.int().describe('Status of the answer'),
      headers: z.record(z.string(), z.string()).describe('Headers that belong to it'),
      response: z.unknown().describe('Its body; null where it holds a secret'),
      expires_at: z.iso.datetime().describe('Until when a repeated request is given it'),
    })
    .meta({ id: 'KeptAnswer', description: 'An answer that is kept under an Idempotency-Key.' }),
  async next(em: SqlEntityManager, candidateId: string, after: string) {
    const [row] = await em.execute<KeptAnswer[]>(
      `select id, status, headers, response, expires_at from idempotency_keys
       where candidate_id = ? and id > ? and status is not null order by id limit 1`,
      [candidateId, after],
    );
    if (row === undefined) return undefined;
    const { id, status, headers, response } = row;
    const expiresAt = new Date(row.expires_at).toISOString();
    const body = isSealed(response) ? null : new JsonText(response);
    const item = { status, headers, response: body, expires_at: expiresAt };
    return { key: id, text: writeJson(item) };
  },
  erase: (tx, candidateId) => tx.nativeDelete(IdempotencyKeyEntity, { candidateId }),
};

/** Removes the kept answers that tell of what is gone. @param locations of it, as they have them */
export async function eraseKeptAnswersOf(tx: Transaction, ...locations: string[]): Promise<void> {
  await tx.execute(
    `delete from idempotency_keys
     where headers ->> 'Location' = any (array(select json_array_elements_text(?::json)))`,
    [JSON.stringify(locations)],
  );
}

/**
 * Removes those that tell of what is gone among other things, and therefore have no Location.
 *
 * @param member of their bodies, at whatever depth, that has one of the ids
 */
export async function eraseKeptAnswersNaming(
  tx: Transaction,
  member: string,
  ids: readonly string[],
): Promise<void> {
  // Each body is read once, however many ids there are. In a JSON text a quote is escaped: none passes for a member.
  await tx.execute(
    `delete from idempotency_keys
     where headers ->> 'Location' is null and status is not null and exists (
       select from regexp_matches(response, ?, 'g') as named (parts)
       where parts[1] in (select json_array_elements_text(?::json)))`,
    [`"${member}":"([^"]+)"`, JSON.stringify(ids)],
  );
}
