/** What is remembered of a person, as something that is stored of it. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { writeJson } from '../../json/json-text.ts';
import type { PersonalData } from '../../storage/personal-data.ts';
import { memoryNodeSchema } from './memory-schemas.ts';
import { nextMemoryNode } from './memory-store.ts';

export const personalMemory: PersonalData = {
  kind: 'memory_nodes',
  tables: ['memory_nodes'],
  schema: memoryNodeSchema,
  async next(em: SqlEntityManager, candidateId: string, after: string) {
    const node = await nextMemoryNode(em, candidateId, after);
    return node && { key: node.node_id, text: writeJson(node) };
  },
  async erase(tx, candidateId) {
    const sql = 'delete from memory_nodes where candidate_id = ? returning 1';
    return (await tx.execute<unknown[]>(sql, [candidateId])).length;
  },
};
