import { defineEntity, p } from '@mikro-orm/core';
import { CandidateEntity } from './candidate.entity.ts';

/** `id` is `node_` + UUIDv7, so its order is the order of time. Nodes on top have no parent and depth 1. */
export const MemoryNodeEntity = defineEntity({
  name: 'MemoryNode',
  tableName: 'memory_nodes',
  indexes: [{ properties: ['candidate', 'id'] }, { properties: ['parent', 'id'] }],
  checks: [{ name: 'memory_nodes_depth_check', expression: 'depth >= 1 and depth <= 5' }],
  properties: {
    id: p.string().columnType('varchar(41)').collation('C').primary(),
    candidate: () =>
      p
        .manyToOne(CandidateEntity)
        .mapToPk()
        .fieldName('candidate_id')
        .deleteRule('cascade')
        .index(false),
    // Its own type is not inferred from itself.
    parent: (): ReturnType<typeof p.manyToOne> =>
      p
        .manyToOne(MemoryNodeEntity)
        .mapToPk()
        .fieldName('parent_id')
        .deleteRule('cascade')
        .index(false)
        .nullable() as unknown as ReturnType<typeof p.manyToOne>,
    depth: p.smallint(),
    name: p.string().columnType('varchar(200)'),
    /** `json`, not `jsonb`: given back as it came. */
    content: p.json<Record<string, unknown>>().columnType('json'),
    createdAt: p.datetime(3).fieldName('created_at'),
    updatedAt: p.datetime(3).fieldName('updated_at'),
  },
});
