import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { RequestContext } from '../../http/request/context.ts';
import { entityTag, withEtag, type Tagged } from '../../http/routing/etag.ts';
import type { Once } from '../../http/idempotency.ts';
import { route, type Reply, type Route } from '../../http/routing/route.ts';
import { pageSchema } from '../../http/routing/schemas.ts';
import { inTransaction } from '../../storage/postgres/transaction.ts';
import { markCached } from '../../resilience/cache/cache-status.ts';
import { assessmentSummarySchema } from '../candidates/candidate-schemas.ts';
import type { AssessmentResult } from './assessment.ts';
import type { AssessmentCache } from './assessment-cache.ts';
import { toDashboard } from './assessment-dashboard.ts';
import {
  assessmentInput,
  assessmentListQuery,
  assessmentParams,
  assessmentResultSchema,
  dashboardQuery,
  dashboardSchema,
} from './assessment-schemas.ts';
import type { AssessmentService } from './assessment-service.ts';
import {
  deleteAssessment,
  findResult,
  listAssessments,
  noSuchAssessment,
} from './assessment-store.ts';

const tag = 'Assessments';
/** Points of a trend chart. */
const HISTORY = 50;

function created(result: AssessmentResult): Reply {
  const headers = { Location: `/api/v1/assessments/${result.assessment_id}` };
  return { status: 201, body: result, headers };
}

export function assessmentRoutes(deps: {
  service: AssessmentService;
  once: Once;
  cache: AssessmentCache;
  /** A database session that ends with the signal, whoever's request is over. */
  em: (signal: AbortSignal) => SqlEntityManager;
}): Route[] {
  const { cache } = deps;
  /** @throws {AppError} NOT_FOUND */
  const resultOf = async (ctx: RequestContext, id: string): Promise<Tagged> => {
    const load = (signal: AbortSignal) => findResult(deps.em(signal), id);
    const found = await cache.result(id, load, ctx.state.signal);
    markCached(ctx, found);
    if (found.value === undefined) throw noSuchAssessment();
    return found.value;
  };
  return [
    route({
      method: 'post',
      path: '/api/v1/assessments',
      summary: 'Assess a submission; the result is stored before it is answered',
      tag,
      body: assessmentInput,
      responses: { 201: { description: 'The stored result', schema: assessmentResultSchema } },
      errors: ['SERVICE_UNAVAILABLE', 'REQUEST_TIMEOUT'],
      handle: ({ body, ctx }) =>
        deps.once(ctx, body.candidate_id, async (write) => {
          const { result, judged } = await deps.service.assess(body, ctx.state.signal, (store) =>
            write(async (tx) => created(await store(tx))),
          );
          markCached(ctx, judged);
          return created(result);
        }),
    }),
    route({
      method: 'get',
      path: '/api/v1/assessments',
      summary: 'List assessments, newest first',
      tag,
      query: assessmentListQuery,
      responses: {
        200: {
          description: 'A page',
          schema: pageSchema(assessmentSummarySchema, 'AssessmentPage'),
        },
      },
      async handle({ query, ctx }) {
        return { status: 200, body: await listAssessments(ctx.state.em, query) };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/assessments/:id',
      summary: 'Get a result',
      tag,
      params: assessmentParams,
      responses: {
        200: { description: 'The result', schema: assessmentResultSchema },
        304: { description: 'Not modified' },
      },
      errors: ['NOT_FOUND'],
      async handle({ params, ctx }) {
        return withEtag(ctx, await resultOf(ctx, params.id));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/assessments/:id/dashboard',
      summary: 'Get a result in the shape of charts',
      tag,
      params: assessmentParams,
      query: dashboardQuery,
      responses: {
        200: { description: 'Chart data', schema: dashboardSchema },
        304: { description: 'Not modified' },
      },
      errors: ['NOT_FOUND'],
      async handle({ params, query, ctx }) {
        const { body } = await resultOf(ctx, params.id);
        const result = JSON.parse(body) as AssessmentResult;
        const history = query.include_history
          ? await listAssessments(ctx.state.em, {
              candidate_id: result.candidate_id,
              limit: HISTORY,
            })
          : null;
        return withEtag(ctx, entityTag(toDashboard(result, history?.items ?? null)));
      },
    }),
    route({
      method: 'delete',
      path: '/api/v1/assessments/:id',
      summary: 'Delete an assessment',
      tag,
      params: assessmentParams,
      responses: { 204: { description: 'Deleted' } },
      errors: ['NOT_FOUND'],
      async handle({ params, ctx }) {
        let candidateId: string | undefined;
        try {
          await inTransaction(ctx.state.em, async (tx) => {
            candidateId = await deleteAssessment(tx, params.id);
            if (candidateId === undefined) throw noSuchAssessment();
          });
        } finally {
          // Also when it failed: the commit may have come through and its answer not.
          await cache.deleted(params.id, candidateId);
        }
        return { status: 204 };
      },
    }),
  ];
}
