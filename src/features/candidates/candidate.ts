import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Transaction } from '../../storage/postgres/transaction.ts';

export interface Candidate {
  candidate_id: string;
  initial_data: Record<string, unknown>;
  created_at: string;
}

export interface AssessmentSummary {
  assessment_id: string;
  candidate_id: string;
  submission_type: string;
  timestamp: string;
  overall_score: number | null;
  path_scores: { path: string; overall_score: number | null; confidence: number }[];
}

export interface StatsFilter {
  from?: Date | undefined;
  to?: Date | undefined;
  path?: string | undefined;
}

/** Scores are 0 to 100; null where no assessment has one. */
export interface CandidateStats {
  candidate_id: string;
  /** Assessments in the range, scored or not. */
  total: number;
  scored: number;
  mean: number | null;
  median: number | null;
  p90: number | null;
  best: number | null;
  worst: number | null;
  latest: number | null;
  /** Of the sample (n - 1); null below two scores. */
  standard_deviation: number | null;
  path_averages: Record<string, number | null>;
  /** Least-squares slope in points an assessment; null below three scores. */
  trend: { direction: 'improving' | 'stable' | 'declining' | null; slope: number | null };
}

/** What candidates need to know of their assessments; the assessments feature fills it. */
export interface CandidateAssessments {
  latest: (em: SqlEntityManager, candidateId: string) => Promise<AssessmentSummary[]>;
  stats: (
    em: SqlEntityManager,
    candidateId: string,
    filter: StatsFilter,
  ) => Promise<CandidateStats>;
}

/** Removes what its owner has stored of a person. */
export type Eraser = (tx: Transaction, candidateId: string) => Promise<void>;
