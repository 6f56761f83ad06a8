/** Rubrics: those of the service, and those that challenges have of their own, from the draft to the publication. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { versionOf } from '../../engine/rubric-changes.ts';
import { rubricVersions } from '../../engine/rubric.ts';
import { AppError } from '../../errors.ts';
import { idempotent } from '../../http/idempotency-headers.ts';
import type { Once } from '../../http/idempotency.ts';
import type { Caller } from '../../http/request/caller.ts';
import type { RequestContext } from '../../http/request/context.ts';
import {
  changed,
  checkPreconditions,
  conditional,
  entityTag,
  etagHeader,
  preconditioned,
  withEtag,
} from '../../http/routing/etag.ts';
import { location, route, type Route, type RouteTag } from '../../http/routing/route.ts';
import { pageSchema } from '../../http/routing/schemas.ts';
import { inTransaction, type Transaction } from '../../storage/postgres/transaction.ts';
import { serviceRubric, versionInForce } from './known-rubrics.ts';
import { presentRubric, presentSummary, serviceSummary } from './present-rubric.ts';
import { checkPublishable } from './publishable.ts';
import { rubricPage } from './rubric-list.ts';
import { rubricPath, type Rubrics } from './rubric.ts';
import {
  EXAMPLE_RUBRIC,
  MOST_DRAFTS,
  newRubric,
  newRubricExamples,
  rubricListQuery,
  rubricParams,
  rubricSchema,
  rubricSummarySchema,
} from './rubric-schemas.ts';
import {
  countDrafts,
  deleteRubric,
  findRubric,
  insertRubric,
  lockChallenge,
  lockRubric,
  noSuchRubric,
  putInForce,
  type RubricRow,
} from './rubric-store.ts';

export const rubricsTag: RouteTag = {
  name: 'Rubrics',
  description:
    'What submissions are judged by: weights, thresholds and letters, as data with a version. A challenge may have its own, which is tried on what was handed in before it is published.',
};

type RecordRubric = (
  tx: Transaction,
  ctx: RequestContext,
  what: {
    action: 'rubric.published' | 'rubric.deleted';
    target: string;
    details?: Record<string, unknown>;
  },
) => Promise<void>;

export interface RubricRouteDeps {
  rubrics: Rubrics;
  once: Once;
  /** Writes into the audit log. */
  recordRubric: RecordRubric;
  /** Of the engine that judges now. */
  engineVersion: () => string;
  now: () => Date;
}

export function rubricRoutes(deps: RubricRouteDeps): Route[] {
  const { rubrics, now } = deps;
  const facts = { tag: rubricsTag, reply: 'json' } as const;
  const one = { ...facts, path: rubricPath(':version'), params: rubricParams } as const;

  const present = (row: RubricRow, caller: Caller) => {
    const known = rubrics.known(row);
    // It changes a rubric of the service that is no more.
    if (known === undefined) throw noSuchRubric();
    return presentRubric(presentSummary(row, caller), known);
  };
  /** @throws {AppError} NOT_FOUND */
  const read = async (em: SqlEntityManager, version: string, caller: Caller) => {
    const service = serviceRubric(version);
    if (service !== undefined) return presentRubric(serviceSummary(service), service);
    const row = await findRubric(em, version);
    const isHidden = caller.role === 'candidate' && row?.published_at === null;
    if (row === undefined || isHidden) throw noSuchRubric();
    return present(row, caller);
  };
  return [
    route({
      ...facts,
      method: 'get',
      path: '/api/v1/rubrics',
      operationId: 'listRubrics',
      summary: 'List rubrics, those of the service last',
      description: 'Those of challenges newest first, drafts among them.',
      access: 'viewer',
      body: 'none',
      query: rubricListQuery,
      responses: {
        200: { description: 'A page', schema: pageSchema(rubricSummarySchema, 'RubricPage') },
      },
      async handle({ query, ctx: { state } }) {
        return { status: 200, body: await rubricPage(state.em, query, state.caller) };
      },
    }),
    route({
      ...facts,
      method: 'post',
      path: '/api/v1/rubrics',
      operationId: 'createRubric',
      summary: 'Draft a rubric for a challenge',
      description: `What is otherwise than in the newest rubric of the service. Its version is made of what it says: a draft is never edited, another one is another version. At most ${MOST_DRAFTS} drafts for a challenge.`,
      access: 'assessor',
      body: { json: newRubric, examples: newRubricExamples },
      behaviours: [idempotent],
      responses: {
        201: {
          description: 'The draft',
          schema: rubricSchema,
          headers: location(rubricPath(EXAMPLE_RUBRIC)),
        },
      },
      errors: ['CONFLICT', 'DUPLICATE_RESOURCE'],
      handle({ body: { challenge, title, changes }, ctx }) {
        const base = rubricVersions[0];
        const version = versionOf({ base, challenge, changes });
        const { caller } = ctx.state;
        return deps.once(ctx, null, (write) =>
          write(async (tx) => {
            await lockChallenge(tx, challenge);
            if ((await findRubric(tx, version)) !== undefined) {
              throw new AppError(
                'DUPLICATE_RESOURCE',
                `The challenge has this rubric: ${version}.`,
              );
            }
            if ((await countDrafts(tx, challenge)) >= MOST_DRAFTS) {
              throw new AppError('CONFLICT', `A challenge has at most ${MOST_DRAFTS} drafts.`);
            }
            const draft = { version, base, challenge, changes, title, by: caller.id, at: now() };
            await insertRubric(tx, draft);
            const body = await read(tx, version, caller);
            return { status: 201, body, headers: { Location: rubricPath(version) } };
          }),
        );
      },
    }),
    route({
      ...one,
      method: 'get',
      operationId: 'getRubric',
      summary: 'Get a rubric',
      description:
        'Weights of paths and criteria, thresholds that a challenge may set, and letters. Drafts are not for candidates.',
      access: 'candidate',
      body: 'none',
      behaviours: [conditional],
      responses: { 200: { description: 'The rubric', schema: rubricSchema } },
      errors: ['NOT_FOUND'],
      async handle({ params: { version }, ctx }) {
        const { em, caller } = ctx.state;
        return withEtag(ctx, entityTag(JSON.stringify(await read(em, version, caller))));
      },
    }),
    route({
      ...one,
      method: 'delete',
      operationId: 'deleteRubric',
      summary: 'Delete a draft',
      description: 'With its canary. What was published stays: results name it.',
      access: 'admin',
      body: 'none',
      behaviours: [preconditioned],
      responses: { 204: { description: 'Deleted' } },
      errors: ['NOT_FOUND', 'CONFLICT'],
      async handle({ params: { version }, ctx }) {
        const { em, caller } = ctx.state;
        checkOwn(version);
        await inTransaction(em, async (tx) => {
          const row = await lockRubric(tx, version);
          checkPreconditions(ctx, entityTag(JSON.stringify(present(row, caller))).etag);
          if (row.published_at !== null) {
            throw new AppError('CONFLICT', 'The rubric was published: results may name it.');
          }
          await deleteRubric(tx, version);
          await deps.recordRubric(tx, ctx, { action: 'rubric.deleted', target: version });
        });
        return { status: 204 };
      },
    }),
    route({
      ...one,
      path: `${rubricPath(':version')}/publish`,
      method: 'post',
      operationId: 'publishRubric',
      summary: 'Let a rubric judge its challenge',
      description:
        'From now on, unless a submission names another one; what was judged stays as it is. 409 unless its canary is completed, and was compared with the rubric and the engine that judge the challenge now. One that was published before is put in force again in the same way.',
      access: 'admin',
      body: 'none',
      behaviours: [preconditioned],
      responses: {
        200: {
          description: 'The rubric, in force',
          schema: rubricSchema,
          headers: etagHeader,
        },
      },
      errors: ['NOT_FOUND', 'CONFLICT'],
      async handle({ params: { version }, ctx }) {
        const { em, caller } = ctx.state;
        checkOwn(version);
        const published = await inTransaction(em, async (tx) => {
          const row = await lockRubric(tx, version);
          checkPreconditions(ctx, entityTag(JSON.stringify(present(row, caller))).etag);
          const current = await versionInForce(tx, row.challenge);
          checkPublishable(row, { rubric: current, engine: deps.engineVersion() });
          await putInForce(tx, version, { by: caller.id, at: now() });
          await deps.recordRubric(tx, ctx, {
            action: 'rubric.published',
            target: version,
            details: { replaces: current },
          });
          return read(tx, version, caller);
        });
        return changed(entityTag(JSON.stringify(published)));
      },
    }),
  ];
}

/** @throws {AppError} CONFLICT for one of the service */
function checkOwn(version: string): void {
  if (serviceRubric(version) === undefined) return;
  throw new AppError('CONFLICT', 'It is a rubric of the service, which comes with its releases.');
}
