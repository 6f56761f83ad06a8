import { withEtag } from '../../http/etag.ts';
import type { Once } from '../../http/idempotency.ts';
import { route, type Reply, type Route } from '../../http/route.ts';
import { pageSchema } from '../../http/schemas.ts';
import { assessmentSummarySchema } from '../candidates/candidate-schemas.ts';
import type { AssessmentResult } from './assessment.ts';
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
import { deleteAssessment, getResult, listAssessments } from './assessment-store.ts';

const tag = 'Assessments';
/** Points of a trend chart. */
const HISTORY = 50;

function created(result: AssessmentResult): Reply {
  const headers = { Location: `/api/v1/assessments/${result.assessment_id}` };
  return { status: 201, body: result, headers };
}

export function assessmentRoutes(deps: { service: AssessmentService; once: Once }): Route[] {
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
        deps.once(ctx, async (record) => {
          const result = await deps.service.assess(
            ctx.state.em,
            body,
            ctx.state.signal,
            (tx, stored) => record(tx, created(stored), stored.candidate_id),
          );
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
        return withEtag(ctx, await getResult(ctx.state.em, params.id));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/assessments/:id/dashboard',
      summary: 'Get a result in the shape of charts',
      tag,
      params: assessmentParams,
      query: dashboardQuery,
      responses: { 200: { description: 'Chart data', schema: dashboardSchema } },
      errors: ['NOT_FOUND'],
      async handle({ params, query, ctx }) {
        const result = await getResult(ctx.state.em, params.id);
        const history = query.include_history
          ? await listAssessments(ctx.state.em, {
              candidate_id: result.candidate_id,
              limit: HISTORY,
            })
          : null;
        return { status: 200, body: toDashboard(result, history?.items ?? null) };
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
        await deleteAssessment(ctx.state.em, params.id);
        return { status: 204 };
      },
    }),
  ];
}
