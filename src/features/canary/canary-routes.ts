/** The canary of a draft: what was handed in for its challenge is scored under it, before it judges anybody. */
import { isReweighting } from '../../engine/rubric-changes.ts';
import { AppError } from '../../errors.ts';
import { idempotent } from '../../http/idempotency-headers.ts';
import type { Once } from '../../http/idempotency.ts';
import type { RequestContext } from '../../http/request/context.ts';
import { location, route, type Route } from '../../http/routing/route.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import type { JobQueue } from '../../storage/queue/queue.ts';
import { ASSESSMENT_COST } from '../assessments/submit-route.ts';
import { canaryQueue } from '../rubrics/canary-queue.ts';
import { versionInForce } from '../rubrics/known-rubrics.ts';
import { presentCanary } from '../rubrics/present-rubric.ts';
import { rubricPath, scaleOf, type Rubrics } from '../rubrics/rubric.ts';
import { rubricsTag } from '../rubrics/rubric-routes.ts';
import { EXAMPLE_RUBRIC, rubricParams } from '../rubrics/rubric-schemas.ts';
import { findRubric, lockRubric, noSuchRubric } from '../rubrics/rubric-store.ts';
import { canaryReport } from './canary-report.ts';
import { acceptedCanarySchema, canaryInput, canaryReportSchema } from './canary-schemas.ts';
import { beginCanary, countCandidates, findScores } from './canary-store.ts';

const noStore = { 'Cache-Control': 'no-store' };

export function canaryRoutes(deps: {
  rubrics: Pick<Rubrics, 'byVersion' | 'known' | 'judging'>;
  /** For work beyond that of one request. @throws {AppError} RATE_LIMIT_EXCEEDED */
  charge: (ctx: RequestContext, units: number) => Promise<void>;
  queue: Pick<JobQueue, 'send'>;
  once: Once;
  engineVersion: () => string;
  now: () => Date;
  /** UUID. */
  newId: () => string;
}): Route[] {
  const path = (version: string) => `${rubricPath(version)}/canary`;
  const facts = {
    path: path(':version'),
    params: rubricParams,
    tag: rubricsTag,
    reply: 'json',
  } as const;

  /** What the engine is asked for it besides one submission. @throws {AppError} NOT_FOUND */
  const pay = async (ctx: RequestContext, version: string, most: number) => {
    const { em } = ctx.state;
    const row = await findRubric(em, version);
    const draft = row === undefined ? undefined : deps.rubrics.known(row);
    if (row === undefined || draft === undefined) throw noSuchRubric();
    const current = await deps.rubrics.judging(em, { challenge: row.challenge });
    if (!isReweighting(current.rubric, draft.rubric)) {
      const judged = Math.min(most, await countCandidates(em, row.challenge));
      await deps.charge(ctx, ASSESSMENT_COST * Math.max(0, judged - 1));
    }
  };
  const begin = async (tx: Transaction, version: string, most: number) => {
    const row = await lockRubric(tx, version);
    if (row.in_force) throw new AppError('CONFLICT', 'The rubric judges its challenge already.');
    if (row.canary_open) throw new AppError('CONFLICT', 'Its canary has not ended.');
    const job = deps.newId();
    await beginCanary(tx, {
      version,
      challenge: row.challenge,
      job,
      against: await versionInForce(tx, row.challenge),
      engineVersion: deps.engineVersion(),
      most,
      at: deps.now(),
    });
    await deps.queue.send(tx, canaryQueue.name, { id: job });
    return presentCanary((await findRubric(tx, version)) ?? row);
  };
  return [
    route({
      ...facts,
      method: 'post',
      operationId: 'startCanary',
      summary: 'Try a draft on what was handed in',
      description:
        'A job: the newest submission of each candidate of the challenge is scored under the draft and under the rubric of now, by the same engine. Nothing that was judged changes. Where the draft changes weights alone, scores are made of the stored criteria, else the submissions are judged, which costs what they would alone. A canary of before is replaced.',
      access: 'assessor',
      cost: ASSESSMENT_COST,
      body: {
        json: canaryInput,
        examples: { usual: { summary: 'The newest 200', value: { candidates: 200 } } },
      },
      behaviours: [idempotent],
      responses: {
        202: {
          description: 'Taken on',
          schema: acceptedCanarySchema,
          headers: location(path(EXAMPLE_RUBRIC)),
        },
      },
      errors: ['NOT_FOUND', 'CONFLICT'],
      handle({ params: { version }, body: { candidates }, ctx }) {
        return deps.once(ctx, null, async (write) => {
          // Before anything is stored; a repetition costs nothing.
          await pay(ctx, version, candidates);
          return write(async (tx) => {
            const canary = await begin(tx, version, candidates);
            const url = path(version);
            return {
              status: 202,
              headers: { Location: url },
              body: { rubric_version: version, canary, status_url: url },
            };
          });
        });
      },
    }),
    route({
      ...facts,
      method: 'get',
      operationId: 'getCanary',
      summary: 'Ask what a canary found',
      description:
        'Who moves, whose order and whose letter change, and whether the people who decided appeals would agree: of what is scored so far. 404 before there was one.',
      access: 'viewer',
      body: 'none',
      responses: { 200: { description: 'What it found', schema: canaryReportSchema } },
      errors: ['NOT_FOUND'],
      async handle({ params: { version }, ctx }) {
        const { em } = ctx.state;
        const row = await findRubric(em, version);
        const canary = row === undefined ? null : presentCanary(row);
        if (row === undefined || canary === null) {
          throw new AppError('NOT_FOUND', 'No rubric of this version has had a canary.');
        }
        const draft = deps.rubrics.known(row);
        const current = await deps.rubrics.byVersion(em, canary.compared_with);
        if (draft === undefined || current === undefined) throw noSuchRubric();
        const scales = { before: scaleOf(current), after: scaleOf(draft) };
        const scores = await findScores(em, version);
        const { summary, ...findings } = canaryReport(
          scores,
          scales,
          await countCandidates(em, row.challenge),
        );
        const told = { rubric_version: version, challenge: row.challenge, canary };
        return { status: 200, body: { ...told, summary, ...findings }, headers: noStore };
      },
    }),
  ];
}
