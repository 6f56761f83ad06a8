import { defineEntity, p } from '@mikro-orm/core';

export const CandidateEntity = defineEntity({
  name: 'Candidate',
  tableName: 'candidates',
  properties: {
    id: p.string().columnType('varchar(100)').collation('C').primary(),
    initialData: p.json<Record<string, unknown>>().fieldName('initial_data'),
    createdAt: p.datetime(3).fieldName('created_at'),
  },
});
