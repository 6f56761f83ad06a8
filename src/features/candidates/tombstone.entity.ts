import { defineEntity, p } from '@mikro-orm/core';

/** That somebody was erased: nothing in it says who, but to those who have the key of the handles and the identifier. */
export const TombstoneEntity = defineEntity({
  name: 'Tombstone',
  tableName: 'candidate_tombstones',
  indexes: [{ properties: ['handle', 'erasedAt'] }],
  properties: {
    /** UUIDv7: of the receipt. */
    id: p.uuid().primary(),
    handle: p.string().columnType('varchar(22)').collation('C'),
    erasedAt: p.datetime(3).fieldName('erased_at'),
    /** How many of each kind. */
    erased: p.json<Record<string, number>>().columnType('json'),
    reason: p.string().columnType('varchar(16)').$type<'request' | 'retention'>(),
    requestId: p.string().columnType('varchar(128)').fieldName('request_id').nullable(),
  },
});
