/** The letter of a result, by the rubric that judged it: where its overall score stands, and how sure that is. */
import type { PathName } from '../../engine/contract.ts';
import type { Letters } from '../../engine/rubric.ts';
import type { AssessmentResult } from './assessment.ts';

export const letters = ['A', 'B', 'C', 'D', 'F'] as const;
export type Letter = (typeof letters)[number];

/** Paths with a score that a letter rests on at least, where so many were asked for: one good path is no good work. */
const FEWEST_PATHS = 3;

export interface Grade {
  grade: Letter | null;
  /** Why there is none. */
  reason: string | null;
  /** What it may as well be: the letters one standard deviation below and above the score. */
  range: [low: Letter, high: Letter] | null;
}

type Judged = Pick<AssessmentResult, 'overall_score' | 'confidence'> & {
  path_scores: readonly { overall_score: number | null }[];
};

/** @returns why a result has no letter; null where it has one */
export function whyNoLetter(
  { overall_score: score, confidence, path_scores: paths }: Judged,
  { minimum_confidence: least }: Letters,
): string | null {
  if (score === null) return 'There is no overall score.';
  const judged = paths.filter((path) => path.overall_score !== null).length;
  const needed = Math.min(FEWEST_PATHS, paths.length);
  if (judged < needed)
    return `${judged} of the ${needed} paths that a letter rests on have a score.`;
  if (confidence >= least) return null;
  return `Too little was handed in for a letter: the confidence is ${confidence}, and one needs ${least}.`;
}

/** @returns null where there is none: see `whyNoLetter` */
export function letterOf(judged: Judged, scale: Letters): Letter | null {
  if (judged.overall_score === null || whyNoLetter(judged, scale) !== null) return null;
  return letterAt(judged.overall_score, scale);
}

export function gradeOf(
  result: Pick<AssessmentResult, 'overall_score' | 'confidence' | 'path_scores' | 'weights'>,
  scale: Letters,
): Grade {
  const { overall_score: score } = result;
  const reason = whyNoLetter(result, scale);
  if (score === null || reason !== null) return { grade: null, reason, range: null };
  const deviation = deviationOf(result);
  const range: Grade['range'] =
    deviation === null
      ? null
      : [letterAt(score - deviation, scale), letterAt(score + deviation, scale)];
  return { grade: letterAt(score, scale), reason: null, range };
}

function letterAt(score: number, { bounds }: Letters): Letter {
  // Scores are told to a tenth.
  const told = Math.round(score * 10) / 10;
  return letters.find((letter) => letter !== 'F' && told >= bounds[letter]) ?? 'F';
}

/** Of the overall score, by those of the paths in it. Null where the result does not tell them. */
function deviationOf({
  path_scores: paths,
  weights,
}: Pick<AssessmentResult, 'path_scores' | 'weights'>): number | null {
  if (weights === undefined || weights === null) return null;
  const weightOf = (path: PathName) => weights[path] ?? 0;
  const counting = paths.filter(
    (path) => path.overall_score !== null || path.counts_as !== undefined,
  );
  const whole = counting.reduce((sum, { path }) => sum + weightOf(path), 0);
  if (whole === 0) return null;
  // A path that counts as its floor stays there.
  const squares = counting.map(({ path, counts_as: floor, deviation }) =>
    floor === undefined ? (weightOf(path) * (deviation ?? 0)) ** 2 : 0,
  );
  return Math.sqrt(squares.reduce((sum, each) => sum + each, 0)) / whole;
}
