import { idempotent } from '../../http/idempotency-headers.ts';
import { location, route, type Route } from '../../http/routing/route.ts';
import { writeJson } from '../../json/json-text.ts';
import { ASSESSMENT_COST } from '../assessments/submit-route.ts';
import { BATCH_PATH, toItem, withFiles } from './batch-items.ts';
import {
  acceptedBatchSchema,
  batchExample,
  batchInput,
  batchParams,
  batchSchema,
  EXAMPLE_BATCH,
} from './job-schemas.ts';
import { lastEventId, noStore, ownerOf, streamOf, tag, type JobRouteDeps } from './route-parts.ts';
import { batchRevision, batchStanding } from './present-job.ts';

const path = BATCH_PATH;

export function batchRoutes(deps: JobRouteDeps): Route[] {
  const shared = {
    method: 'get',
    tag,
    access: 'viewer',
    body: 'none',
    params: batchParams,
    errors: ['NOT_FOUND'],
  } as const;
  return [
    route({
      method: 'post',
      path,
      operationId: 'createAssessmentBatch',
      summary: 'Assess up to a hundred submissions later',
      description:
        'An item that is not valid fails alone, with its problem. A few items are in the queue at a time; the others of a batch wait for them.',
      tag,
      access: 'assessor',
      cost: ASSESSMENT_COST,
      body: { json: batchInput, examples: batchExample },
      reply: 'json',
      behaviours: [idempotent],
      responses: {
        202: {
          description: 'Taken on',
          schema: acceptedBatchSchema,
          headers: location(`${path}/${EXAMPLE_BATCH}`),
        },
      },
      handle({ body, ctx }) {
        const { caller, requestId } = ctx.state;
        const sent = body.items.map((item, place) => toItem(item, place, requestId));
        // Nobody's in particular: the answer says nothing of the persons.
        return deps.once(ctx, null, async (write) => {
          // Before anything is stored; a repetition costs nothing.
          await deps.charge(ctx, ASSESSMENT_COST * (sent.length - 1));
          const items = await withFiles(ctx.state, deps, sent);
          return write(async (tx) => {
            const owner = caller.id;
            const callbackUrl = body.callback_url ?? null;
            if (callbackUrl !== null) await deps.checkCallback(tx, owner, callbackUrl);
            const { batchId } = await deps.jobs.acceptBatch(tx, {
              items,
              owner,
              callbackUrl,
            });
            const url = `${path}/${batchId}`;
            return {
              status: 202,
              headers: { Location: url },
              body: { batch_id: batchId, total: items.length, status_url: url },
            };
          });
        });
      },
    }),
    route({
      ...shared,
      path: `${path}/:batch_id`,
      operationId: 'getAssessmentBatch',
      summary: 'Ask how a batch stands',
      description: 'Totals, and each item; the result of an item is at its job and its assessment.',
      reply: 'json',
      responses: { 200: { description: 'How it stands', schema: batchSchema } },
      async handle({ params, ctx }) {
        const { body } = await batchStanding(ctx.state.em, params.batch_id, ownerOf(ctx));
        return { status: 200, body: writeJson(body), headers: noStore };
      },
    }),
    route({
      ...shared,
      path: `${path}/:batch_id/events`,
      operationId: 'streamAssessmentBatch',
      summary: 'Follow a batch',
      description:
        'Events `progress`, then `completed`; the data of each is the batch. It ends as those of a job do.',
      reply: 'events',
      behaviours: [lastEventId],
      responses: { 200: { description: 'Until every item has ended' } },
      handle: ({ params, ctx }) =>
        streamOf(
          ctx,
          deps,
          (em) => batchStanding(em, params.batch_id, ownerOf(ctx)),
          (em) => batchRevision(em, params.batch_id, ownerOf(ctx)),
        ),
    }),
  ];
}
