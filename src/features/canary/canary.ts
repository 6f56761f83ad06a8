import type { PathName } from '../../engine/contract.ts';

export interface Scored {
  overall: number | null;
  /** That of the stored result where that tells the scores. */
  confidence: number;
  paths: { path: PathName; score: number | null }[];
}

/** One assessment under two rubrics, by the same engine. */
export interface CanaryScores {
  before: Scored;
  after: Scored;
  /** The same without what appeals upheld, where people decided any; null: they decided none. */
  people: { before: number | null; after: number | null } | null;
  /** Told by the stored result, or judged for it. */
  method: 'stored' | 'engine';
}

/** Candidates of a challenge that a canary is about: the newest submission of each. */
export const MOST_ASSESSMENTS = 500;
export const DEFAULT_ASSESSMENTS = 200;
