/** Everything that was handed in for a challenge, judged again by the rubric and the engine of today, as a batch. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { idempotent } from '../../http/idempotency-headers.ts';
import type { RequestContext } from '../../http/request/context.ts';
import { location, route, type Route } from '../../http/routing/route.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import { challengesTag } from '../assessments/challenge-routes.ts';
import { challengeParams } from '../assessments/challenge-schemas.ts';
import { checkChallenge } from '../assessments/challenge-stats.ts';
import { rulerOf } from '../assessments/comparable.ts';
import { ASSESSMENT_COST } from '../assessments/submit-route.ts';
import type { Rubrics } from '../rubrics/rubric.ts';
import { rubricVersion } from '../rubrics/rubric-schemas.ts';
import { lockChallenge } from '../rubrics/rubric-store.ts';
import { shareCandidate } from '../candidates/candidate-store.ts';
import { BATCH_PATH } from './batch-items.ts';
import { acceptedBatchSchema, EXAMPLE_BATCH } from './job-schemas.ts';
import type { BatchItem } from './job-service.ts';
import type { JobRouteDeps } from './route-parts.ts';

/** Submissions of one batch: it tells how each of them stands, and costs what they would alone. */
const MOST = 200;

const acceptedSchema = acceptedBatchSchema
  .extend({
    rubric_version: rubricVersion.describe('Rubric that they are judged by'),
    remaining: z
      .int()
      .describe('Submissions that one batch has no place for: ask again once it has ended'),
  })
  .meta({
    id: 'AcceptedReassessment',
    description: 'Work that was taken on, and is not lost any more.',
  });

export function reassessChallengeRoute(
  deps: Pick<JobRouteDeps, 'jobs' | 'once' | 'charge'> & {
    rubrics: Pick<Rubrics, 'judging'>;
    engineVersion: () => string;
    recordReassessment: (
      tx: Transaction,
      ctx: RequestContext,
      what: { batch: string; rubric: string; submissions: number },
    ) => Promise<void>;
  },
): Route {
  return route({
    method: 'post',
    path: '/api/v1/challenges/:name/reassess',
    operationId: 'reassessChallenge',
    summary: 'Judge everything of a challenge again',
    description: `By the engine of today and the rubric that judges the challenge now, whatever rubric a submission named: a batch whose items are new assessments, each with its \`reassessment_of\`; those before stay. A submission that is judged so already, or waits to be, is left out: asked again it goes on where it ended. At most ${MOST} submissions at a time, newest first.`,
    tag: challengesTag,
    access: 'assessor',
    cost: ASSESSMENT_COST,
    body: 'none',
    reply: 'json',
    behaviours: [idempotent],
    params: challengeParams,
    responses: {
      202: {
        description: 'Taken on',
        schema: acceptedSchema,
        headers: location(`${BATCH_PATH}/${EXAMPLE_BATCH}`),
      },
    },
    errors: ['NOT_FOUND'],
    handle({ params: { name }, ctx }) {
      const { em, caller } = ctx.state;
      return deps.once(ctx, null, async (write) => {
        const { rubric } = await deps.rubrics.judging(em, { challenge: name });
        const { version } = rubric.data;
        const ruler = rulerOf({ engine_version: deps.engineVersion(), rubric_version: version });
        const asked = { name, ruler, rubric: version };
        // Before anything is stored; a repetition costs nothing.
        const { submissions: counted } = await toJudge(em, asked);
        await deps.charge(ctx, ASSESSMENT_COST * Math.max(0, counted.length - 1));
        return write(async (tx) => {
          // Who asks at the same time finds these waiting.
          await lockChallenge(tx, name);
          const { submissions: found, all } = await toJudge(tx, asked);
          const items = await ofThosePresent(tx, found);
          const { batchId } = await deps.jobs.acceptBatch(tx, {
            items: items.map(({ id, candidate_id: candidateId }): BatchItem => ({
              again: { assessmentId: id, candidateId, rubric: version },
            })),
            owner: caller.id,
            callbackUrl: null,
          });
          const submissions = items.length;
          await deps.recordReassessment(tx, ctx, { batch: batchId, rubric: version, submissions });
          const url = `${BATCH_PATH}/${batchId}`;
          const body = {
            batch_id: batchId,
            total: submissions,
            status_url: url,
            rubric_version: version,
            remaining: all - found.length,
          };
          return { status: 202, headers: { Location: url }, body };
        });
      });
    },
  });
}

interface Submission {
  id: string;
  candidate_id: string;
}

/**
 * Submissions as they were judged last, where that was by another ruler and nobody is about to.
 *
 * @returns newest first
 * @throws {AppError} NOT_FOUND
 */
async function toJudge(
  em: SqlEntityManager,
  { name, ruler, rubric }: { name: string; ruler: string; rubric: string },
): Promise<{ submissions: Submission[]; all: number }> {
  await checkChallenge(em, name);
  const submissions = await em.execute<(Submission & { all: number })[]>(
    `select id, candidate_id, (count(*) over ())::int as all from (
       select distinct on (coalesce(origin, id)) id, candidate_id, ruler, coalesce(origin, id) as origin
       from assessments where challenge = ? order by coalesce(origin, id), id desc) judged
     where ruler is distinct from ? and not exists (
       select from assessment_jobs j
       where j.reassessment_of = judged.id and j.rubric = ? and j.finished_at is null)
     order by origin desc limit ${MOST}`,
    [name, ruler, rubric],
  );
  return { submissions, all: submissions[0]?.all ?? 0 };
}

/** Whoever is erased from now on waits for the transaction, and then takes the jobs along. */
async function ofThosePresent(tx: Transaction, submissions: Submission[]): Promise<Submission[]> {
  const present = new Set<string>();
  // In one order: two that lock the same persons would wait for each other.
  for (const id of [...new Set(submissions.map(({ candidate_id: id }) => id))].toSorted()) {
    if (await shareCandidate(tx, id)) present.add(id);
  }
  return submissions.filter(({ candidate_id: id }) => present.has(id));
}
