import { AppError } from '../../errors.ts';
import type { RequestContext } from '../../http/request/context.ts';
import { idempotent } from '../../http/idempotency-headers.ts';
import { location, route, type Route } from '../../http/routing/route.ts';
import { validate } from '../../http/routing/validate.ts';
import { writeJson } from '../../json/json-text.ts';
import { assessmentInput } from '../assessments/assessment-schemas.ts';
import { lengthOf } from '../files/resolve-files.ts';
import { ASSESSMENT_COST } from '../assessments/submit-route.ts';
import { candidateId } from '../candidates/candidate-schemas.ts';
import type { BatchItem } from './job-service.ts';
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
import { problemOf } from './job-problem.ts';

const path = '/api/v1/assessments/batch';
/** Of all texts of a batch together, in bodies of the largest size; they are held at once. */
const TEXTS_OF_BATCH = 4;

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
          const items = await withFiles(ctx, deps, sent);
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
      description: 'Events `progress`, then `completed`; the data of each is the batch.',
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

/** An item whose files cannot be had fails alone, too. @throws {AppError} PAYLOAD_TOO_LARGE for all of them together */
async function withFiles(
  ctx: RequestContext,
  { resolveFiles, maxBytes }: JobRouteDeps,
  sent: readonly BatchItem[],
): Promise<BatchItem[]> {
  const { em, caller, signal, requestId } = ctx.state;
  const items: BatchItem[] = [];
  let length = 0;
  // One after the other: what is read is held until all of it is stored.
  for (const [place, item] of sent.entries()) {
    if (!('input' in item)) {
      items.push(item);
      continue;
    }
    const { input } = item;
    try {
      const of = { candidateId: input.candidate_id, signal };
      const content = await resolveFiles(em, caller, input.content, of);
      length += lengthOf(content.files);
      items.push({ input: { ...input, content } });
    } catch (error) {
      items.push(toFailed(error, input, place, requestId));
    }
    if (length > TEXTS_OF_BATCH * maxBytes) {
      throw new AppError(
        'PAYLOAD_TOO_LARGE',
        `The files of a batch may have ${TEXTS_OF_BATCH * maxBytes} characters together: send several batches.`,
      );
    }
  }
  return items;
}

function toItem(value: unknown, place: number, requestId: string): BatchItem {
  try {
    return { input: validate(assessmentInput, value, 'body') };
  } catch (error) {
    return toFailed(error, value, place, requestId);
  }
}

function toFailed(error: unknown, value: unknown, place: number, requestId: string): BatchItem {
  if (!(error instanceof AppError)) throw error;
  const { errors = [], ...options } = error.options;
  const faults = errors.map((fault) => ({
    ...fault,
    pointer: `/items/${place}${fault.pointer}`,
  }));
  const fault = new AppError(error.code, `Item ${place} does not fit the schema.`, {
    ...options,
    errors: faults,
  });
  const named = candidateId.safeParse((value as { candidate_id?: unknown } | null)?.candidate_id);
  return {
    problem: problemOf(fault, { instance: path, requestId }),
    candidateId: named.success ? named.data : null,
  };
}
