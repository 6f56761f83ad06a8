import { defineEntity, p } from '@mikro-orm/core';

export const CandidateEntity = defineEntity({
  name: 'Candidate',
  tableName: 'candidates',
  indexes: [{ properties: ['createdAt', 'id'] }],
  properties: {
    id: p.string().columnType('varchar(100)').collation('C').primary(),
    /** `json`, not `jsonb`: given back as it came, in its order. */
    initialData: p.json<Record<string, unknown>>().columnType('json').fieldName('initial_data'),
    displayName: p.string().columnType('varchar(200)').fieldName('display_name').nullable(),
    createdAt: p.datetime(3).fieldName('created_at'),
  },
});
