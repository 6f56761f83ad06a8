import { defineEntity, p } from '@mikro-orm/core';

/** A POST that was asked to happen once. While it runs `status` is null and `lockedUntil` its lease. */
export const IdempotencyKeyEntity = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_keys',
  indexes: [
    { properties: ['expiresAt'] },
    { properties: ['candidateId'] },
    {
      name: 'idempotency_keys_location_index',
      expression: `create index "idempotency_keys_location_index" on "idempotency_keys" ((headers ->> 'Location'))`,
    },
  ],
  properties: {
    /** SHA-256 of method, path and key: the client's key itself is not kept. */
    id: p.string().columnType('char(64)').primary(),
    /** Whose request it was; nobody else is given its answer. */
    owner: p.string().columnType('varchar(100)').collation('C').default('everyone'),
    requestSha256: p.string().columnType('char(64)').fieldName('request_sha256'),
    /** Whom the stored answer is about: erased with the person. */
    candidateId: p
      .string()
      .columnType('varchar(100)')
      .collation('C')
      .fieldName('candidate_id')
      .nullable(),
    status: p.integer().nullable(),
    headers: p.json<Record<string, string>>().nullable(),
    response: p.text().nullable(),
    lockedUntil: p.datetime(3).fieldName('locked_until'),
    expiresAt: p.datetime(3).fieldName('expires_at'),
  },
});
