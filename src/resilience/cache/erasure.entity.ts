import { defineEntity, p } from '@mikro-orm/core';

/** An erasure that was committed and that the cache has not taken yet. */
export const CacheErasureEntity = defineEntity({
  name: 'CacheErasure',
  tableName: 'cache_erasures',
  indexes: [{ properties: ['subject'] }],
  properties: {
    id: p.uuid().primary(),
    /** What is erased, for who asks for it once more. */
    subject: p.string().columnType('varchar(200)').collation('C'),
    /** Its keys and tags. */
    invalidation: p.json<{ keys?: string[]; tags?: string[] }>().columnType('json'),
    createdAt: p.datetime(3).fieldName('created_at'),
  },
});
