/** The POST of a submission: it is answered with what was stored of it. */
import type { z } from 'zod';
import type { AssessmentInput } from '../../engine/contract.ts';
import { idempotent } from '../../http/idempotency-headers.ts';
import type { Once } from '../../http/idempotency.ts';
import { outsideOf, type RequestContext } from '../../http/request/context.ts';
import {
  location,
  route,
  type Reply,
  type Route,
  type RouteTag,
} from '../../http/routing/route.ts';
import { whileCounted, type Admission } from '../../http/server/admission.ts';
import { cacheable, markCached } from '../../resilience/cache/cache-status.ts';
import { lengthOf, type ResolveFiles } from '../files/resolve-files.ts';
import type { AssessmentResult } from './assessment.ts';
import { assessmentExamples } from './assessment-examples.ts';
import { assessmentInput, assessmentResultSchema, EXAMPLE_ID } from './assessment-schemas.ts';
import type { AssessmentService } from './assessment-service.ts';

export const assessmentsTag: RouteTag = {
  name: 'Assessments',
  description:
    'Scores with their evidence. A submission is data: it is parsed, never run, and the same submission under the same versions gets the same scores.',
};
/** Units of the rate limit: it takes the engine, where a read takes one. */
export const ASSESSMENT_COST = 2;

export const locationOf = (id: string) => `/api/v1/assessments/${id}`;

export function created(result: AssessmentResult): Reply {
  const headers = { Location: locationOf(result.assessment_id) };
  return { status: 201, body: result, headers };
}

export interface SubmitDeps {
  service: AssessmentService;
  /** Of `content.file_ids`. */
  resolveFiles: ResolveFiles;
  /** Of submissions. */
  admission: Admission;
  once: Once;
}

export function submitRoute(deps: SubmitDeps): Route {
  /** With the texts of the uploads that the body names; they are work like those in the body itself. */
  const withFiles = async (
    { state }: RequestContext,
    body: z.output<typeof assessmentInput>,
    assess: (input: AssessmentInput) => Promise<Reply>,
  ): Promise<Reply> => {
    if (body.content.file_ids === undefined) return assess(body);
    const { em, caller, signal } = state;
    const of = { candidateId: body.candidate_id, signal };
    const content = await deps.resolveFiles(em, caller, body.content, of);
    return whileCounted(deps.admission, lengthOf(content.files), () =>
      assess({ ...body, content }),
    );
  };
  return route({
    method: 'post',
    path: '/api/v1/assessments',
    operationId: 'createAssessment',
    summary: 'Assess a submission',
    description:
      'The result is stored before it is answered, and the candidate created when new. A path that nothing in the submission speaks of has no score and a reason. Submissions that would not be assessed in time are refused at once: 503 with `Retry-After`.',
    tag: assessmentsTag,
    access: 'assessor',
    cost: ASSESSMENT_COST,
    body: { json: assessmentInput, examples: assessmentExamples },
    admission: deps.admission,
    reply: 'json',
    behaviours: [idempotent, cacheable],
    responses: {
      201: {
        description: 'The stored result',
        schema: assessmentResultSchema,
        headers: location(`/api/v1/assessments/${EXAMPLE_ID}`),
      },
    },
    handle({ body, ctx }) {
      const { names } = ctx.state;
      names.candidate = body.candidate_id;
      return deps.once(ctx, body.candidate_id, (write) =>
        withFiles(ctx, body, async (input) => {
          const { result, judged } = await deps.service.assess(
            input,
            ctx.state.signal,
            (store) => write(async (tx) => created(await store(tx))),
            { outside: outsideOf(ctx) },
          );
          markCached(ctx, judged);
          names.assessment = result.assessment_id;
          return created(result);
        }),
      );
    },
  });
}
