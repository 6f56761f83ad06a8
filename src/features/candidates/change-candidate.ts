/** What of a candidate may be changed: the name that people know it by, and the data of its organisation. */
import {
  changed,
  checkPreconditions,
  etagHeader,
  preconditioned,
} from '../../http/routing/etag.ts';
import { route, type Route, type RouteTag } from '../../http/routing/route.ts';
import { inTransaction } from '../../storage/postgres/transaction.ts';
import type { CandidateAssessments } from './candidate.ts';
import { candidateDetail } from './candidate-detail.ts';
import {
  candidateChange,
  candidateDetailSchema,
  candidateParams,
  sentInitialData,
} from './candidate-schemas.ts';
import { changeCandidate, lockCandidate } from './candidate-store.ts';
import { sentWith } from './sent-object.ts';

export function changeCandidateRoute(
  deps: { assessments: CandidateAssessments },
  tag: RouteTag,
): Route {
  return route({
    method: 'patch',
    path: '/api/v1/candidates/:id',
    operationId: 'changeCandidate',
    summary: 'Change the name or the data of a candidate',
    description:
      'What is not sent stays. `initial_data` is replaced as a whole; null removes the one or empties the other.',
    tag,
    access: 'assessor',
    body: {
      json: candidateChange,
      examples: { name: { summary: 'A name', value: { display_name: 'Ada Lovelace' } } },
    },
    reply: 'json',
    behaviours: [preconditioned],
    params: candidateParams,
    names: 'candidate',
    responses: {
      200: {
        description: 'The candidate as it is now',
        schema: candidateDetailSchema,
        headers: etagHeader,
      },
    },
    errors: ['NOT_FOUND'],
    async handle({ params: { id }, body, ctx }) {
      const { assessments } = deps;
      const initialData =
        body.initial_data === undefined ? undefined : sentWith(ctx, sentInitialData);
      const detail = await inTransaction(ctx.state.em, async (tx) => {
        await lockCandidate(tx, id);
        const asked = { em: tx, assessments, id, within: null };
        checkPreconditions(ctx, (await candidateDetail(asked)).etag);
        await changeCandidate(tx, id, { displayName: body.display_name, initialData });
        return candidateDetail(asked);
      });
      return changed(detail);
    },
  });
}
