import { AppError } from '../../errors.ts';
import { idempotent } from '../../http/idempotency-headers.ts';
import { location, route, type Route } from '../../http/routing/route.ts';
import { writeJson } from '../../json/json-text.ts';
import { inTransaction } from '../../storage/postgres/transaction.ts';
import { ASSESSMENT_COST } from '../assessments/submit-route.ts';
import { jobUrl, queueIdOf } from './job.ts';
import {
  acceptedJobSchema,
  asyncExample,
  asyncInput,
  EXAMPLE_JOB,
  jobParams,
  jobSchema,
} from './job-schemas.ts';
import { findJob, revisionOf } from './job-store.ts';
import { jobStanding, noSuchJob } from './present-job.ts';
import { lastEventId, noStore, ownerOf, streamOf, tag, type JobRouteDeps } from './route-parts.ts';

export function jobRoutes(deps: JobRouteDeps): Route[] {
  const path = jobUrl(':job_id');
  const shared = {
    tag,
    body: 'none',
    params: jobParams,
    errors: ['NOT_FOUND'],
  } as const;
  return [
    route({
      method: 'post',
      path: '/api/v1/assessments/async',
      operationId: 'createAssessmentJob',
      summary: 'Assess a submission later',
      description:
        'The answer comes once the job is stored; the id of the assessment is known from then on. Follow `status_url`, its `/events`, or be told at `callback_url`.',
      tag,
      access: 'assessor',
      cost: ASSESSMENT_COST,
      body: { json: asyncInput, examples: asyncExample },
      reply: 'json',
      behaviours: [idempotent],
      responses: {
        202: {
          description: 'Taken on',
          schema: acceptedJobSchema,
          headers: location(jobUrl(EXAMPLE_JOB)),
        },
      },
      async handle({ body, ctx }) {
        const { callback_url: callbackUrl = null, ...input } = body;
        ctx.state.names.candidate = input.candidate_id;
        return deps.once(ctx, input.candidate_id, async (write) => {
          const { em, caller, signal } = ctx.state;
          await deps.rubrics.check(em, input.options);
          const of = { candidateId: input.candidate_id, signal };
          const content = await deps.resolveFiles(em, caller, input.content, of);
          return write(async (tx) => {
            const owner = caller.id;
            if (callbackUrl !== null) await deps.checkCallback(tx, owner, callbackUrl);
            const { jobId, assessmentId } = await deps.jobs.accept(tx, {
              input: { ...input, content },
              owner,
              callbackUrl,
            });
            ctx.state.names.assessment = assessmentId;
            const url = jobUrl(jobId);
            return {
              status: 202,
              headers: { Location: url },
              body: {
                job_id: jobId,
                assessment_id: assessmentId,
                candidate_id: input.candidate_id,
                status: 'queued',
                status_url: url,
              },
            };
          });
        });
      },
    }),
    route({
      ...shared,
      method: 'get',
      path,
      operationId: 'getAssessmentJob',
      summary: 'Ask how a job stands',
      description: 'With the result once there is one.',
      access: 'viewer',
      reply: 'json',
      responses: { 200: { description: 'How it stands', schema: jobSchema } },
      async handle({ params, ctx }) {
        const { body } = await jobStanding(ctx.state.em, params.job_id, ownerOf(ctx));
        return { status: 200, body: writeJson(body), headers: noStore };
      },
    }),
    route({
      ...shared,
      method: 'delete',
      path,
      operationId: 'cancelAssessmentJob',
      summary: 'Cancel a job',
      description:
        'One that waits never runs; one that runs is ended, and nothing of it is stored. A finished one is 409.',
      access: 'assessor',
      reply: 'json',
      responses: { 202: { description: 'Cancelled', schema: jobSchema } },
      errors: ['NOT_FOUND', 'CONFLICT'],
      async handle({ params, ctx }) {
        const { job_id: id } = params;
        const owner = ownerOf(ctx);
        const row = await inTransaction(ctx.state.em, (tx) => deps.jobs.cancel(tx, id, owner));
        if (row === undefined) {
          const found = await findJob(ctx.state.em, id, owner);
          if (found === undefined) throw noSuchJob();
          throw new AppError('CONFLICT', `The job has ended: it is ${found.status}.`);
        }
        deps.abort(queueIdOf(id));
        const { body } = await jobStanding(ctx.state.em, id, owner);
        return { status: 202, body: writeJson(body), headers: noStore };
      },
    }),
    route({
      ...shared,
      method: 'get',
      path: `${path}/events`,
      operationId: 'streamAssessmentJob',
      summary: 'Follow a job',
      description:
        'Events `progress`, then `completed`, `failed` or `cancelled`; the data of each is the job. A comment comes every 10 s when nothing else does. It ends within 15 s of the caller’s right to it: when a key or an access token expires or is revoked, or its role changes.',
      access: 'viewer',
      reply: 'events',
      behaviours: [lastEventId],
      responses: { 200: { description: 'Until the job has ended' } },
      errors: ['NOT_FOUND'],
      handle: ({ params, ctx }) =>
        streamOf(
          ctx,
          deps,
          (em) => jobStanding(em, params.job_id, ownerOf(ctx)),
          (em) => revisionOf(em, params.job_id, ownerOf(ctx)),
        ),
    }),
  ];
}
