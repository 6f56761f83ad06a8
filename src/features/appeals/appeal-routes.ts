/** Who disputes an item of evidence sees at once what the score would be without it; another person decides. */
import type { Evidence } from '../../engine/result-schema.ts';
import { AppError } from '../../errors.ts';
import { idempotent } from '../../http/idempotency-headers.ts';
import type { Once, Write } from '../../http/idempotency.ts';
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
import { location, route, type Route } from '../../http/routing/route.ts';
import { invalid } from '../../http/routing/validate.ts';
import { EVERYONE } from '../../owner.ts';
import { inTransaction, type Transaction } from '../../storage/postgres/transaction.ts';
import { assessmentParams } from '../assessments/assessment-schemas.ts';
import { assessmentsTag } from '../assessments/submit-route.ts';
import type { Rubrics } from '../rubrics/rubric.ts';
import { MOST_APPEALS, type Decision } from './appeal.ts';
import {
  appealDecision,
  appealExample,
  appealParams,
  appealSchema,
  appealsSchema,
  decisionExamples,
  newAppeal,
  newAppealExamples,
} from './appeal-schemas.ts';
import {
  appealLocation,
  candidateOf,
  decideAppeal,
  findAppeals,
  findAssessed,
  insertAppeal,
  lockAssessed,
  noSuchAppeal,
  type AppealRow,
} from './appeal-store.ts';
import { judgedBy, presentAppeal, presentAppeals } from './judge-appeals.ts';
import { appealsTotal, seen } from './metrics.ts';

export interface AppealRouteDeps {
  once: Once;
  rubrics: Pick<Rubrics, 'byVersion'>;
  /** Writes a decision into the audit log. */
  recordDecision: (
    tx: Transaction,
    ctx: RequestContext,
    decided: { appeal: string; decision: Decision; rule: string },
  ) => Promise<void>;
  now: () => Date;
  /** UUIDv7. */
  newId: () => string;
}

export function appealRoutes(deps: AppealRouteDeps): Route[] {
  const { rubrics } = deps;
  const facts = { tag: assessmentsTag, reply: 'json', names: 'assessment' } as const;

  return [
    route({
      ...facts,
      method: 'post',
      path: '/api/v1/assessments/:id/appeals',
      operationId: 'createAppeal',
      summary: 'Dispute an item of evidence',
      description: `The answer tells what the score would be without the item (\`if_upheld\`): its points are taken out of its criterion, and path and overall score are made of the criteria again. The stored result never changes. One appeal at a time for an item, at most ${MOST_APPEALS} for an assessment.`,
      access: 'candidate',
      body: { json: newAppeal, examples: newAppealExamples },
      behaviours: [idempotent],
      params: assessmentParams,
      responses: {
        201: {
          description: 'The appeal',
          schema: appealSchema,
          headers: location(appealExample),
        },
      },
      errors: ['NOT_FOUND', 'CONFLICT', 'DUPLICATE_RESOURCE'],
      async handle({ params: { id: assessmentId }, body, ctx }) {
        const { em, caller } = ctx.state;
        const within = caller.candidateId;
        const candidateId = await candidateOf(em, assessmentId, within);
        return deps.once(ctx, candidateId, async (write: Write) => {
          let rule = '';
          const reply = await write(async (tx) => {
            const assessed = await lockAssessed(tx, assessmentId, within);
            const judged = await judgedBy(rubrics, tx, assessed);
            const { evidence_id: evidenceId, reason } = body;
            checkDisputable(judged.evidence.get(evidenceId)?.item);
            checkRoom(await findAppeals(tx, assessmentId), evidenceId);
            const id = `appeal_${deps.newId()}`;
            const filedBy = caller.account;
            const appeal = { id, assessmentId, candidateId, evidenceId, reason, filedBy };
            await insertAppeal(tx, { ...appeal, at: deps.now() });
            const rows = await findAppeals(tx, assessmentId);
            const filed = presentAppeal(judged, rowOf(rows, id), rows);
            ({ rule } = filed.evidence);
            const headers = { Location: appealLocation(assessmentId, id) };
            return { status: 201, body: filed, headers };
          });
          seen([rule]);
          appealsTotal.inc({ outcome: 'filed', rule });
          return reply;
        });
      },
    }),
    route({
      ...facts,
      method: 'get',
      path: '/api/v1/assessments/:id/appeals',
      operationId: 'listAppeals',
      summary: 'List appeals to an assessment, with the score of the engine and that of people',
      description:
        '`machine` is what the engine judged. `human` is that without the items whose appeals were upheld: it stands beside it, and the stored result stays as it is.',
      access: 'candidate',
      body: 'none',
      behaviours: [conditional],
      params: assessmentParams,
      responses: { 200: { description: 'The appeals', schema: appealsSchema } },
      errors: ['NOT_FOUND', 'CONFLICT'],
      async handle({ params: { id }, ctx }) {
        const { em, caller } = ctx.state;
        const assessed = await findAssessed(em, id, caller.candidateId);
        const rows = await findAppeals(em, id);
        const appeals = await presentAppeals(rubrics, em, assessed, rows);
        seen(appeals.items.map(({ evidence }) => evidence.rule));
        return withEtag(ctx, entityTag(JSON.stringify(appeals)));
      },
    }),
    route({
      ...facts,
      method: 'get',
      path: '/api/v1/assessments/:id/appeals/:appeal',
      operationId: 'getAppeal',
      summary: 'Get an appeal',
      description: 'With what the score would be, or is, without the item.',
      access: 'candidate',
      body: 'none',
      behaviours: [conditional],
      params: appealParams,
      responses: { 200: { description: 'The appeal', schema: appealSchema } },
      errors: ['NOT_FOUND', 'CONFLICT'],
      async handle({ params: { id, appeal }, ctx }) {
        const { em, caller } = ctx.state;
        const assessed = await findAssessed(em, id, caller.candidateId);
        const rows = await findAppeals(em, id);
        const row = rowOf(rows, appeal);
        const shown = presentAppeal(await judgedBy(rubrics, em, assessed), row, rows);
        seen([shown.evidence.rule]);
        return withEtag(ctx, entityTag(JSON.stringify(shown)));
      },
    }),
    route({
      ...facts,
      method: 'patch',
      path: '/api/v1/assessments/:id/appeals/:appeal',
      operationId: 'decideAppeal',
      summary: 'Decide an appeal',
      description:
        'Once, and by another person than who filed it: 403 otherwise, for all keys of an account alike. An upheld item does not count in `human` any more.',
      access: 'assessor',
      body: { json: appealDecision, examples: decisionExamples },
      behaviours: [preconditioned],
      params: appealParams,
      responses: {
        200: {
          description: 'The appeal as it is now',
          schema: appealSchema,
          headers: etagHeader,
        },
      },
      errors: ['NOT_FOUND', 'CONFLICT'],
      async handle({ params, body, ctx }) {
        const { id: assessmentId, appeal: id } = params;
        const { em, caller } = ctx.state;
        const decided = await inTransaction(em, async (tx) => {
          const assessed = await lockAssessed(tx, assessmentId, caller.candidateId);
          const judged = await judgedBy(rubrics, tx, assessed);
          const rows = await findAppeals(tx, assessmentId);
          const row = rowOf(rows, id);
          const by = caller.account;
          checkOther(row, by);
          const before = presentAppeal(judged, row, rows);
          checkPreconditions(ctx, entityTag(JSON.stringify(before)).etag);
          checkOpen(row);
          const { decision, note } = body;
          await decideAppeal(tx, { id, decision, note, by, at: deps.now() });
          const { rule } = before.evidence;
          await deps.recordDecision(tx, ctx, { appeal: id, decision, rule });
          const after = await findAppeals(tx, assessmentId);
          return presentAppeal(judged, rowOf(after, id), after);
        });
        const { rule } = decided.evidence;
        seen([rule]);
        appealsTotal.inc({ outcome: body.decision, rule });
        return changed(entityTag(JSON.stringify(decided)));
      },
    }),
  ];
}

/** @throws {AppError} NOT_FOUND */
function rowOf(rows: readonly AppealRow[], id: string): AppealRow {
  const row = rows.find((each) => each.id === id);
  if (row === undefined) throw noSuchAppeal();
  return row;
}

function checkDisputable(item: Evidence | undefined): void {
  if (item === undefined)
    throw wrongEvidence('is not the id of an item of evidence of this result');
  if (item.rule === 'further_facts') {
    throw wrongEvidence('stands for several facts of less weight, which cannot be told apart');
  }
}

function wrongEvidence(message: string): AppError {
  return invalid('The request body does not fit the assessment.', [
    { pointer: '/evidence_id', message, code: 'custom' },
  ]);
}

function checkRoom(rows: readonly AppealRow[], evidenceId: string): void {
  const same = rows.find((row) => row.evidence_id === evidenceId && row.status !== 'rejected');
  if (same !== undefined) {
    const detail =
      same.status === 'open'
        ? `An appeal about this item is open: ${same.id}.`
        : `An appeal about this item was upheld: ${same.id}.`;
    throw new AppError('DUPLICATE_RESOURCE', detail);
  }
  if (rows.length < MOST_APPEALS) return;
  throw new AppError('CONFLICT', `An assessment has at most ${MOST_APPEALS} appeals.`);
}

/** Where authentication is off, nobody can be told from anybody. */
function checkOther({ filed_by: filedBy }: AppealRow, by: string): void {
  if (filedBy !== by || by === EVERYONE) return;
  throw new AppError('FORBIDDEN', 'Who filed an appeal may not decide it: another person has to.');
}

function checkOpen({ status }: AppealRow): void {
  if (status === 'open') return;
  throw new AppError('CONFLICT', `The appeal was decided before: it is ${status}.`);
}
