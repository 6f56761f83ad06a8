import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { entityTag, withEtag } from '../../http/routing/etag.ts';
import type { Once } from '../../http/idempotency.ts';
import { route, type Route } from '../../http/routing/route.ts';
import { pageSchema } from '../../http/routing/schemas.ts';
import { inTransaction } from '../../storage/postgres/transaction.ts';
import { markCached } from '../../resilience/cache/cache-status.ts';
import type { CandidateAssessments, Eraser } from './candidate.ts';
import type { CandidateCache } from './candidate-cache.ts';
import {
  candidateDetailSchema,
  candidateListQuery,
  candidateParams,
  candidateSchema,
  candidateStatsSchema,
  newCandidate,
  statsQuery,
} from './candidate-schemas.ts';
import {
  candidateExists,
  createCandidate,
  eraseCandidate,
  getCandidate,
  listCandidates,
  noSuchCandidate,
} from './candidate-store.ts';

const tag = 'Candidates';

export function candidateRoutes(deps: {
  assessments: CandidateAssessments;
  once: Once;
  /** Of everybody who stores something of a person. */
  erasers: readonly Eraser[];
  now: () => Date;
  cache: CandidateCache;
  /** A database session that ends with the signal, whoever's request is over. */
  em: (signal: AbortSignal) => SqlEntityManager;
}): Route[] {
  const { cache } = deps;
  return [
    route({
      method: 'post',
      path: '/api/v1/candidates',
      summary: 'Create a candidate',
      tag,
      body: newCandidate,
      responses: { 201: { description: 'Created', schema: candidateSchema } },
      errors: ['DUPLICATE_RESOURCE'],
      handle: ({ body, ctx }) =>
        deps.once(ctx, body.candidate_id, async (write) => {
          const { candidate_id: id, initial_data: initialData } = body;
          const candidate = { id, initialData, createdAt: deps.now() };
          const headers = { Location: `/api/v1/candidates/${id}` };
          try {
            return await write(async (tx) => ({
              status: 201,
              body: await createCandidate(tx, candidate),
              headers,
            }));
          } finally {
            // Also when it failed: the commit may have come through and its answer not.
            await cache.changed(id);
          }
        }),
    }),
    route({
      method: 'get',
      path: '/api/v1/candidates',
      summary: 'List candidates by candidate_id',
      tag,
      query: candidateListQuery,
      responses: {
        200: { description: 'A page', schema: pageSchema(candidateSchema, 'CandidatePage') },
      },
      async handle({ query, ctx }) {
        return { status: 200, body: await listCandidates(ctx.state.em, query) };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/candidates/:id',
      summary: 'Get a candidate with the latest assessments',
      tag,
      params: candidateParams,
      responses: {
        200: { description: 'The candidate', schema: candidateDetailSchema },
        304: { description: 'Not modified' },
      },
      errors: ['NOT_FOUND'],
      async handle({ params, ctx }) {
        const candidate = await getCandidate(ctx.state.em, params.id);
        const latest = await deps.assessments.latest(ctx.state.em, params.id);
        const detail = { ...candidate, memory: { nodes: 0 }, latest_assessments: latest };
        return withEtag(ctx, entityTag(detail));
      },
    }),
    route({
      method: 'delete',
      path: '/api/v1/candidates/:id',
      summary: 'Erase a candidate and everything stored of the person',
      tag,
      params: candidateParams,
      responses: { 204: { description: 'Erased' } },
      errors: ['NOT_FOUND'],
      async handle({ params, ctx }) {
        try {
          await inTransaction(ctx.state.em, (tx) => eraseCandidate(tx, params.id, deps.erasers));
        } finally {
          await cache.erased(params.id);
        }
        return { status: 204 };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/candidates/:id/stats',
      summary: 'Statistics over the assessments of a candidate',
      tag,
      params: candidateParams,
      query: statsQuery,
      responses: {
        200: { description: 'The statistics', schema: candidateStatsSchema },
        304: { description: 'Not modified' },
      },
      errors: ['NOT_FOUND'],
      async handle({ params, query, ctx }) {
        const load = async (signal: AbortSignal) => {
          const em = deps.em(signal);
          if (!(await candidateExists(em, params.id))) return undefined;
          return deps.assessments.stats(em, params.id, query);
        };
        const found = await cache.stats(params.id, query, load, ctx.state.signal);
        markCached(ctx, found);
        if (found.value === undefined) throw noSuchCandidate();
        return withEtag(ctx, entityTag(found.value));
      },
    }),
  ];
}
