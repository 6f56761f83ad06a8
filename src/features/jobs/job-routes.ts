import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../errors.ts';
import { idempotent } from '../../http/idempotency-headers.ts';
import type { Once } from '../../http/idempotency.ts';
import type { RequestContext } from '../../http/request/context.ts';
import { onResponseEnd } from '../../http/request/response-end.ts';
import {
  location,
  route,
  type Reply,
  type Route,
  type RouteTag,
} from '../../http/routing/route.ts';
import { writeJson } from '../../json/json-text.ts';
import { inTransaction } from '../../storage/postgres/transaction.ts';
import { ASSESSMENT_COST } from '../assessments/submit-route.ts';
import type { ResolveFiles } from '../files/resolve-files.ts';
import { queueIdOf } from './job.ts';
import type { JobService } from './job-service.ts';
import {
  acceptedJobSchema,
  asyncExample,
  asyncInput,
  EXAMPLE_JOB,
  jobParams,
  jobSchema,
} from './job-schemas.ts';
import { findJob, type Owner } from './job-store.ts';
import type { JobWatch } from './job-watch.ts';
import { jobStanding, noSuchJob, type Standing } from './present-job.ts';

export const tag: RouteTag = {
  name: 'Jobs',
  description:
    'Assessments that outlive their request. What was answered with 202 is done, whatever happens to the service meanwhile; it is seen by who sent it, and by administrators.',
};
export const noStore = { 'Cache-Control': 'no-store' };

export interface JobRouteDeps {
  jobs: JobService;
  once: Once;
  watch: JobWatch;
  /** Ends an attempt of this process at once. */
  abort: (queueId: string) => void;
  /** A database session that ends with the signal, whoever's request is over. */
  em: (signal: AbortSignal) => SqlEntityManager;
  resolveFiles: ResolveFiles;
  /** Of a submission. */
  maxBytes: number;
  /** For work beyond that of one request. @throws {AppError} RATE_LIMIT_EXCEEDED */
  charge: (ctx: RequestContext, units: number) => Promise<void>;
  /** @throws {AppError} VALIDATION_ERROR when a caller may not have this URL called */
  checkCallback: (em: SqlEntityManager, owner: string, url: string) => Promise<void>;
}

/** Administrators see everybody's. */
export function ownerOf({ state: { caller } }: RequestContext): Owner {
  return caller.role === 'admin' ? null : caller.id;
}

/** A stream of how something stands; `Last-Event-ID` is what its listener has seen of it. */
export async function streamOf(
  ctx: RequestContext,
  deps: Pick<JobRouteDeps, 'watch' | 'em'>,
  read: (em: SqlEntityManager) => Promise<Standing>,
): Promise<Reply> {
  const { signal, caller, em } = ctx.state;
  const first = await read(em);
  const seen = Number(ctx.get('Last-Event-ID') || -1);
  const last = Number.isSafeInteger(seen) ? seen : -1;
  const body = deps.watch.stream({
    caller: caller.id,
    read: () => read(deps.em(signal)),
    first,
    last,
    signal,
    whenOver: (leave) => onResponseEnd(ctx, leave),
  });
  // Proxies that gather an answer before they hand it on would hand on nothing.
  return { status: 200, body, headers: { ...noStore, 'X-Accel-Buffering': 'no' } };
}

export const lastEventId = {
  requestHeaders: {
    'Last-Event-ID': {
      description: 'Of the last event that was received, by a listener that comes back.',
      example: '7',
    },
  },
};

export function jobRoutes(deps: JobRouteDeps): Route[] {
  const path = '/api/v1/assessments/jobs/:job_id';
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
          headers: location(`/api/v1/assessments/jobs/${EXAMPLE_JOB}`),
        },
      },
      async handle({ body, ctx }) {
        const { callback_url: callbackUrl = null, ...input } = body;
        ctx.state.names.candidate = input.candidate_id;
        return deps.once(ctx, input.candidate_id, async (write) => {
          const { em, caller, signal } = ctx.state;
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
            const url = `/api/v1/assessments/jobs/${jobId}`;
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
        'Events `progress`, then `completed`, `failed` or `cancelled`; the data of each is the job. A comment comes every 10 s when nothing else does.',
      access: 'viewer',
      reply: 'events',
      behaviours: [lastEventId],
      responses: { 200: { description: 'Until the job has ended' } },
      errors: ['NOT_FOUND'],
      handle: ({ params, ctx }) =>
        streamOf(ctx, deps, (em) => jobStanding(em, params.job_id, ownerOf(ctx))),
    }),
  ];
}
