import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { conditional, withEtag } from '../../http/routing/etag.ts';
import { idempotent } from '../../http/idempotency-headers.ts';
import type { Once } from '../../http/idempotency.ts';
import { writeJson } from '../../json/json-text.ts';
import { location, route, type Route, type RouteTag } from '../../http/routing/route.ts';
import { pageSchema } from '../../http/routing/schemas.ts';
import { cacheable, markCached } from '../../resilience/cache/cache-status.ts';
import type { CandidateAssessments } from './candidate.ts';
import type { CandidateCache } from './candidate-cache.ts';
import { changeCandidateRoute } from './change-candidate.ts';
import { candidateDetail } from './candidate-detail.ts';
import {
  candidateDetailSchema,
  candidateListQuery,
  candidateParams,
  candidateSchema,
  candidateStatsSchema,
  newCandidate,
  newCandidateExamples,
  sentInitialData,
  statsQuery,
} from './candidate-schemas.ts';
import {
  candidateExists,
  createCandidate,
  listCandidates,
  noSuchCandidate,
} from './candidate-store.ts';
import { sentWith } from './sent-object.ts';

export const candidatesTag: RouteTag = {
  name: 'Candidates',
  description:
    'The people whose work is assessed, by the identifier their organisation gives them.',
};

export function candidateRoutes(deps: {
  assessments: CandidateAssessments;
  once: Once;
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
      operationId: 'createCandidate',
      summary: 'Create a candidate',
      description:
        'Not needed before an assessment, an upload, an account or a key for the person: each creates the candidate when new.',
      tag: candidatesTag,
      access: 'assessor',
      body: { json: newCandidate, examples: newCandidateExamples },
      reply: 'json',
      behaviours: [idempotent],
      responses: {
        201: {
          description: 'The stored candidate',
          schema: candidateSchema,
          headers: location('/api/v1/candidates/candidate_42'),
        },
      },
      errors: ['DUPLICATE_RESOURCE'],
      handle({ body, ctx }) {
        const id = body.candidate_id;
        ctx.state.names.candidate = id;
        return deps.once(ctx, id, async (write) => {
          const initialData = sentWith(ctx, sentInitialData);
          const { display_name: displayName = null } = body;
          const candidate = { id, displayName, initialData, createdAt: deps.now() };
          const headers = { Location: `/api/v1/candidates/${id}` };
          try {
            return await write(async (tx) => ({
              status: 201,
              body: writeJson(await createCandidate(tx, candidate)),
              headers,
            }));
          } finally {
            // Also when it failed: the commit may have come through and its answer not.
            await cache.changed(id);
          }
        });
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/candidates',
      operationId: 'listCandidates',
      summary: 'List candidates by candidate_id',
      description: 'Page by page; `next_cursor` of one page is `cursor` of the next.',
      tag: candidatesTag,
      access: 'viewer',
      body: 'none',
      reply: 'json',
      query: candidateListQuery,
      responses: {
        200: { description: 'A page', schema: pageSchema(candidateSchema, 'CandidatePage') },
      },
      async handle({ query, ctx }) {
        return { status: 200, body: writeJson(await listCandidates(ctx.state.em, query)) };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/candidates/:id',
      operationId: 'getCandidate',
      summary: 'Get a candidate with the latest assessments',
      description: 'What is stored of the person, and the newest assessments in short.',
      tag: candidatesTag,
      access: 'candidate',
      body: 'none',
      reply: 'json',
      behaviours: [conditional],
      params: candidateParams,
      names: 'candidate',
      responses: {
        200: { description: 'The candidate', schema: candidateDetailSchema },
      },
      errors: ['NOT_FOUND'],
      async handle({ params, ctx }) {
        const { em, caller } = ctx.state;
        const { assessments } = deps;
        return withEtag(
          ctx,
          await candidateDetail({ em, assessments, id: params.id, within: caller.candidateId }),
        );
      },
    }),
    changeCandidateRoute(deps, candidatesTag),
    route({
      method: 'get',
      path: '/api/v1/candidates/:id/stats',
      operationId: 'getCandidateStats',
      summary: 'Statistics over the assessments of a candidate',
      description: 'Numbers are null where no assessment in the range has a score.',
      tag: candidatesTag,
      access: 'candidate',
      body: 'none',
      reply: 'json',
      behaviours: [conditional, cacheable],
      params: candidateParams,
      names: 'candidate',
      query: statsQuery,
      responses: {
        200: { description: 'The statistics', schema: candidateStatsSchema },
      },
      errors: ['NOT_FOUND'],
      async handle({ params, query, ctx }) {
        const { candidateId } = ctx.state.caller;
        if (candidateId !== null && candidateId !== params.id) throw noSuchCandidate();
        const load = async (signal: AbortSignal) => {
          const em = deps.em(signal);
          if (!(await candidateExists(em, params.id))) return undefined;
          return deps.assessments.stats(em, params.id, query);
        };
        const found = await cache.stats(params.id, query, load, ctx.state.signal);
        markCached(ctx, found);
        if (found.value === undefined) throw noSuchCandidate();
        return withEtag(ctx, found.value);
      },
    }),
  ];
}
