import { z } from 'zod';
import type { RecordAction } from '../../http/request/operator-action.ts';
import { route, type Route } from '../../http/routing/route.ts';
import type { Cache } from './cache.ts';

const names = z.array(z.string().min(1).max(1000)).max(500);

const invalidation = z
  .strictObject({
    keys: names.optional().describe('`<cache>:<key>`, for caches whose key is one text'),
    tags: names.optional().describe('Of entries, e.g. `candidate:candidate_42`'),
    all: z.literal(true).optional().describe('Everything'),
  })
  .refine(
    ({ keys, tags, all }) => keys !== undefined || tags !== undefined || all !== undefined,
    'must have keys, tags or all',
  )
  .meta({
    id: 'CacheInvalidation',
    description: 'What is declared void.',
    examples: [{ tags: ['candidate:candidate_42'] }],
  });

const invalidated = z
  .object({ invalidated: z.number().int().describe('Entries that were removed') })
  .meta({ id: 'CacheInvalidated', description: 'What was removed.' });

export function cacheAdminRoutes(deps: {
  cache: Pick<Cache, 'invalidate' | 'named'>;
  record: RecordAction;
}): Route[] {
  const { cache } = deps;
  /** `assessment_results:assess_…`; what names no cache invalidates nothing. */
  const toKey = (text: string): string[] => {
    const colon = text.indexOf(':');
    const named = cache.named(text.slice(0, Math.max(0, colon)));
    return named === undefined ? [] : [named.keyOf([text.slice(colon + 1)])];
  };
  return [
    route({
      method: 'post',
      path: '/api/v1/admin/cache/invalidate',
      operationId: 'invalidateCache',
      summary: 'Declare cached entries void, in every process',
      description: 'By key, by tag, or everything.',
      tag: { name: 'Cache', description: 'What is kept of former answers.' },
      access: 'admin',
      body: {
        json: invalidation,
        examples: {
          candidate: { summary: 'One candidate', value: { tags: ['candidate:candidate_42'] } },
        },
      },
      reply: 'json',
      responses: { 200: { description: 'Nothing older is served', schema: invalidated } },
      errors: ['VALIDATION_ERROR'],
      async handle({ body, ctx }) {
        const { keys = [], tags = [], all = false } = body;
        // Not which: keys and tags name persons.
        const details = { keys: keys.length, tags: tags.length, all };
        await deps.record(ctx, { action: 'cache.invalidated', target: 'cache', details });
        const removed = await cache.invalidate({ keys: keys.flatMap(toKey), tags, all });
        return {
          status: 200,
          body: { invalidated: removed },
          headers: { 'Cache-Control': 'no-store' },
        };
      },
    }),
  ];
}
