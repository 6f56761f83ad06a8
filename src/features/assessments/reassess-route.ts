/** A stored submission, judged again by the engine and the rubric of today. */
import type { AssessmentInput } from '../../engine/contract.ts';
import { idempotent } from '../../http/idempotency-headers.ts';
import { outsideOf } from '../../http/request/context.ts';
import { location, route, type Route } from '../../http/routing/route.ts';
import { whileCounted } from '../../http/server/admission.ts';
import { readJson } from '../../json/parse-json.ts';
import { cacheable, markCached } from '../../resilience/cache/cache-status.ts';
import { lengthOf } from '../files/resolve-files.ts';
import { assessmentParams, assessmentResultSchema, EXAMPLE_ID } from './assessment-schemas.ts';
import { findSubmission, keepSubmission, noSuchAssessment } from './assessment-store.ts';
import { ASSESSMENT_COST, assessmentsTag, created, type SubmitDeps } from './submit-route.ts';

export function reassessRoute(deps: Pick<SubmitDeps, 'service' | 'admission' | 'once'>): Route {
  return route({
    method: 'post',
    path: '/api/v1/assessments/:id/reassess',
    operationId: 'reassess',
    summary: 'Judge a submission again',
    description:
      'By the engine and the rubric of today, also where the submission named a rubric. The answer is a new assessment of the same candidate with the same options, and `reassessment_of` names the one before, which stays.',
    tag: assessmentsTag,
    access: 'assessor',
    cost: ASSESSMENT_COST,
    body: 'none',
    admission: deps.admission,
    reply: 'json',
    behaviours: [idempotent, cacheable],
    params: assessmentParams,
    names: 'assessment',
    responses: {
      201: {
        description: 'The stored result',
        schema: assessmentResultSchema,
        headers: location(`/api/v1/assessments/${EXAMPLE_ID}`),
      },
    },
    errors: ['NOT_FOUND'],
    async handle({ params: { id }, ctx }) {
      const { em, names, signal } = ctx.state;
      const found = await findSubmission(em, id, null);
      if (found === undefined) throw noSuchAssessment();
      const { options, ...stored } = readJson(found.text) as AssessmentInput;
      const { rubric: _rubric, ...kept } = options;
      const input = { ...stored, options: kept };
      names.candidate = input.candidate_id;
      return deps.once(ctx, input.candidate_id, (write) =>
        whileCounted(deps.admission, lengthOf(input.content.files), async () => {
          const { result, judged } = await deps.service.assess(
            input,
            signal,
            (store) =>
              write(async (tx) => {
                await keepSubmission(tx, id, input.candidate_id);
                return created(await store(tx));
              }),
            { outside: outsideOf(ctx), reassessmentOf: id },
          );
          markCached(ctx, judged);
          return created(result);
        }),
      );
    },
  });
}
