import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { entityTag, type Tagged } from '../../http/routing/etag.ts';
import { writeJson } from '../../json/json-text.ts';
import type { CandidateAssessments } from './candidate.ts';
import { getCandidate } from './candidate-store.ts';
import { memorySummary } from './memory-store.ts';

/**
 * A candidate as it is answered, with the entity tag that `If-Match` is compared with.
 *
 * @param asked.within the only person that may be seen; null: everybody
 * @throws {AppError} NOT_FOUND
 */
export async function candidateDetail(asked: {
  em: SqlEntityManager;
  assessments: CandidateAssessments;
  id: string;
  within: string | null;
}): Promise<Tagged> {
  const { em, assessments, id, within } = asked;
  const candidate = await getCandidate(em, id, within);
  const latest = await assessments.latest(em, id);
  const memory = await memorySummary(em, id);
  const detail = { ...candidate, memory, latest_assessments: latest };
  return entityTag(writeJson(detail));
}
