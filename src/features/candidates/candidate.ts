import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { z } from 'zod';
import type { JsonText } from '../../json/json-text.ts';
import type {
  assessmentSummarySchema,
  candidateSchema,
  candidateStatsSchema,
} from './candidate-schemas.ts';

export type Candidate = z.output<typeof candidateSchema>;
/** As it is kept: what was sent with the person is nobody's to parse. */
export type StoredCandidate = Omit<Candidate, 'initial_data'> & { initial_data: JsonText };
export type AssessmentSummary = z.output<typeof assessmentSummarySchema>;
export type CandidateStats = z.output<typeof candidateStatsSchema>;

export interface StatsFilter {
  from?: Date | undefined;
  to?: Date | undefined;
  path?: string | undefined;
}

/** What candidates need to know of their assessments; the assessments feature fills it. */
export interface CandidateAssessments {
  latest: (em: SqlEntityManager, candidateId: string) => Promise<AssessmentSummary[]>;
  stats: (
    em: SqlEntityManager,
    candidateId: string,
    filter: StatsFilter,
  ) => Promise<CandidateStats>;
  /** When each was assessed last; who never was is not in it. @param ids a few hundred at most */
  newest: (em: SqlEntityManager, ids: readonly string[]) => Promise<Map<string, Date>>;
}
