import type { PathName } from '../../engine/contract.ts';

export interface Scored {
  overall: number | null;
  paths: { path: PathName; score: number | null }[];
}

/** One assessment under two rubrics, by the same engine. */
export interface CanaryScores {
  before: Scored;
  after: Scored;
  /** What people made of the score before, by the appeals that they decided; null: they decided none. */
  human: number | null;
  /** Told by the stored result, or judged for it. */
  method: 'stored' | 'engine';
}

/** Candidates of a challenge that a canary is about: the newest submission of each. */
export const MOST_ASSESSMENTS = 500;
export const DEFAULT_ASSESSMENTS = 200;
