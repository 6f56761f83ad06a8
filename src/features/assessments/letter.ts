/** The letter of a result, by the bounds of the rubric that judged it. */
import type { RubricData } from '../../engine/rubric.ts';
import type { AssessmentResult } from './assessment.ts';

export type Letter = 'A' | 'B' | 'C' | 'D' | 'F';
export type LetterBounds = RubricData['letters']['bounds'];

/** Paths with a score that a letter rests on at least, where so many were asked for: one good path is no good work. */
const FEWEST_PATHS = 3;

const letters = ['A', 'B', 'C', 'D'] as const;

/** @returns null where there is no score, or it rests on too few paths */
export function letterOf(
  {
    overall_score: score,
    path_scores: paths,
  }: {
    overall_score: AssessmentResult['overall_score'];
    path_scores: readonly { overall_score: number | null }[];
  },
  bounds: LetterBounds,
): Letter | null {
  const judged = paths.filter((path) => path.overall_score !== null).length;
  if (score === null || judged < Math.min(FEWEST_PATHS, paths.length)) return null;
  return letters.find((letter) => score >= bounds[letter]) ?? 'F';
}
