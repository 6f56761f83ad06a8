import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { RequestContext } from '../../http/request/context.ts';
import {
  checkPreconditions,
  conditional,
  entityTag,
  hasPreconditions,
  preconditioned,
  withEtag,
} from '../../http/routing/etag.ts';
import { csvReply, csvToo, wantsCsv } from '../../http/routing/csv.ts';
import { eraseKeptAnswersOf } from '../../http/kept-answers.ts';
import { route, type Route } from '../../http/routing/route.ts';
import { pageSchema } from '../../http/routing/schemas.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import { readJson } from '../../json/parse-json.ts';
import { cacheable } from '../../resilience/cache/cache-status.ts';
import { assessmentSummarySchema } from '../candidates/candidate-schemas.ts';
import { defaultRubric } from '../rubrics/known-rubrics.ts';
import { scaleOf, type Rubrics } from '../rubrics/rubric.ts';
import type { AssessmentResult } from './assessment.ts';
import type { Erasures } from '../../resilience/cache/erasures.ts';
import type { AssessmentCache } from './assessment-cache.ts';
import { assessmentTable } from './assessment-table.ts';
import { toDashboard } from './assessment-dashboard.ts';
import {
  assessmentListQuery,
  assessmentParams,
  assessmentResultSchema,
  submissionSchema,
} from './assessment-schemas.ts';
import { dashboardQuery, dashboardSchema } from './dashboard-schemas.ts';
import { listAssessments, readerOf } from './assessment-list.ts';
import { historyOf } from './history.ts';
import type { ReadResult } from './read-result.ts';
import { reassessRoute } from './reassess-route.ts';
import { assessmentsTag, locationOf, submitRoute, type SubmitDeps } from './submit-route.ts';
import {
  deleteAssessment,
  findResult,
  findSubmission,
  noSuchAssessment,
} from './assessment-store.ts';

const tag = assessmentsTag;

export interface AssessmentRouteDeps extends SubmitDeps {
  cache: AssessmentCache;
  erasures: Erasures;
  /** Writes the end of an assessment into the audit log. */
  recordErasure: (tx: Transaction, ctx: RequestContext, id: string) => Promise<void>;
  /** `Location`s of what belongs to an assessment and goes with it. */
  locationsBelow: (tx: Transaction, id: string) => Promise<string[]>;
  /** What people made of the overall score; null where they left it. */
  humanScore: (em: SqlEntityManager, id: string) => Promise<number | null>;
  readResult: ReadResult;
  rubrics: Pick<Rubrics, 'byVersion'>;
}

export function assessmentRoutes(deps: AssessmentRouteDeps): Route[] {
  const { cache, readResult } = deps;
  return [
    submitRoute(deps),
    reassessRoute(deps),
    route({
      method: 'get',
      path: '/api/v1/assessments',
      operationId: 'listAssessments',
      summary: 'List assessments, newest first',
      description:
        'Page by page; `next_cursor` of one page is `cursor` of the next, with the same filters and the same order. With `Accept: text/csv` a page is a table (RFC 4180, UTF-8) with a column for each path; a text that a spreadsheet would take for a formula has an apostrophe before it.',
      tag,
      access: 'candidate',
      body: 'none',
      reply: 'json',
      behaviours: [csvToo],
      query: assessmentListQuery,
      responses: {
        200: {
          description: 'A page',
          schema: pageSchema(assessmentSummarySchema, 'AssessmentPage'),
          asText: ['text/csv'],
        },
      },
      async handle({ query, ctx }) {
        if (query.candidate_id !== undefined) ctx.state.names.candidate = query.candidate_id;
        const { em, caller } = ctx.state;
        const csv = wantsCsv(ctx);
        const reader = readerOf(caller);
        const page = await listAssessments(em, query, reader);
        if (csv) return csvReply(ctx, assessmentTable(page, reader.reviews));
        return { status: 200, body: page };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/assessments/:id',
      operationId: 'getAssessment',
      summary: 'Get a result',
      description: 'As it was answered when it was made; a stored result never changes.',
      tag,
      access: 'candidate',
      body: 'none',
      reply: 'json',
      behaviours: [conditional, cacheable],
      params: assessmentParams,
      names: 'assessment',
      responses: {
        200: { description: 'The result', schema: assessmentResultSchema },
      },
      errors: ['NOT_FOUND'],
      async handle({ params, ctx }) {
        return withEtag(ctx, await readResult(ctx, params.id));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/assessments/:id/submission',
      operationId: 'getAssessmentSubmission',
      summary: 'Get what was submitted',
      description:
        'As it was assessed: with the defaults, and with the texts of uploads in place of their identities. The same submission gets the same result again.',
      tag,
      access: 'candidate',
      body: 'none',
      reply: 'json',
      behaviours: [conditional],
      params: assessmentParams,
      names: 'assessment',
      responses: { 200: { description: 'The submission', schema: submissionSchema } },
      errors: ['NOT_FOUND'],
      async handle({ params, ctx }) {
        const { em, caller } = ctx.state;
        const found = await findSubmission(em, params.id, caller.candidateId);
        if (found === undefined) throw noSuchAssessment();
        return withEtag(ctx, entityTag(found.text));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/assessments/:id/dashboard',
      operationId: 'getAssessmentDashboard',
      summary: 'Get a result in the shape of charts',
      description:
        'Grade, radar, paths and motives. With `include_history` the trend as well, what has changed since the version of the same challenge before, and which findings are fixed, persist or are new. Only what was scored alike is compared: by the same rubric and major of the engine, overall scores by the same weights.',
      tag,
      access: 'candidate',
      body: 'none',
      reply: 'json',
      behaviours: [conditional, cacheable],
      params: assessmentParams,
      names: 'assessment',
      query: dashboardQuery,
      responses: {
        200: { description: 'Chart data', schema: dashboardSchema },
      },
      errors: ['NOT_FOUND'],
      async handle({ params, query, ctx }) {
        const { body } = await readResult(ctx, params.id);
        const result = readJson(body) as AssessmentResult;
        const { em, caller } = ctx.state;
        const history = query.include_history
          ? await historyOf(em, result, caller.candidateId)
          : null;
        const humanScore = await deps.humanScore(em, params.id);
        const known = await deps.rubrics.byVersion(em, result.rubric_version);
        const scale = scaleOf(known ?? defaultRubric());
        const dashboard = toDashboard(result, history, humanScore, scale);
        return withEtag(ctx, entityTag(JSON.stringify(dashboard)));
      },
    }),
    route({
      method: 'delete',
      path: '/api/v1/assessments/:id',
      operationId: 'deleteAssessment',
      summary: 'Delete an assessment',
      description:
        'With its submission, everything cached of it, and the answer kept under its idempotency key.',
      tag,
      access: 'admin',
      body: 'none',
      reply: 'json',
      behaviours: [preconditioned],
      params: assessmentParams,
      names: 'assessment',
      responses: { 204: { description: 'Deleted' } },
      errors: ['NOT_FOUND'],
      async handle({ params, ctx }) {
        const { id } = params;
        await deps.erasures.erase(ctx.state.em, `assessment:${id}`, async (tx) => {
          if (hasPreconditions(ctx)) {
            // A stored result never changes.
            const result = await findResult(tx, id);
            if (result === undefined) throw noSuchAssessment();
            checkPreconditions(ctx, entityTag(result.text).etag);
          }
          const below = await deps.locationsBelow(tx, id);
          const candidateId = await deleteAssessment(tx, id);
          if (candidateId === undefined) throw noSuchAssessment();
          await eraseKeptAnswersOf(tx, locationOf(id), ...below);
          await deps.recordErasure(tx, ctx, id);
          return cache.copiesOf(id, candidateId);
        });
        return { status: 204 };
      },
    }),
  ];
}
