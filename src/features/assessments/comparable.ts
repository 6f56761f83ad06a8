/** What may be compared: scores of the same engine and rubric, and overall scores of the same weights. */
import type { AssessmentInput, PathName } from '../../engine/contract.ts';
import type { RubricData } from '../../engine/rubric.ts';
import type { AssessmentResult } from './assessment.ts';

/** Shares are told apart to a ten-thousandth. */
const WHOLE = 10_000;

/** A major of the engine moves scores, and so does a rubric. */
export function rulerOf(
  result: Pick<AssessmentResult, 'engine_version' | 'rubric_version'>,
): string {
  return `${result.engine_version.split('.')[0]} ${result.rubric_version}`;
}

/** Of what `rulerOf` gives. */
export function majorOf(ruler: string | null): number | null {
  return ruler === null ? null : Number(ruler.split(' ')[0]);
}

/** Of what `rulerOf` gives. */
export function rubricOf(ruler: string | null): string | null {
  return ruler?.split(' ')[1] ?? null;
}

type Shares = Partial<Record<PathName, number>>;

/** Of the paths in the overall score: twice the same weights are the same. Null where all weigh nothing. */
export function sharesOf(
  input: Pick<AssessmentInput, 'paths_to_evaluate' | 'options'>,
  paths: Record<PathName, Pick<RubricData['paths'][PathName], 'weight'>>,
): Shares | null {
  const given = input.options.weights ?? {};
  const weightOf = (path: PathName) => given[path] ?? paths[path].weight;
  const asked = input.paths_to_evaluate.toSorted();
  const total = asked.reduce((sum, path) => sum + weightOf(path), 0);
  if (total === 0) return null;
  return Object.fromEntries(
    asked.map((path) => [path, Math.round((WHOLE * weightOf(path)) / total) / WHOLE]),
  );
}

/** As a column holds what `sharesOf` gives: 2500 for a quarter. */
export function sharesText(shares: Shares | null): string | null {
  if (shares === null) return null;
  const texts = Object.entries(shares).map(
    ([path, share]) => `${path}=${Math.round(WHOLE * share)}`,
  );
  return texts.join(' ');
}

/** Of what `sharesText` gives. */
export function sharesIn(text: string | null): Shares | null {
  if (text === null) return null;
  const shares = text.split(' ').map((one) => one.split('='));
  return Object.fromEntries(shares.map(([path, share]) => [path, Number(share) / WHOLE]));
}

/** Of a stored assessment. */
export interface Measure {
  id: string;
  ruler: string | null;
  weights: string | null;
  /** The assessment that the submission was handed in with. */
  origin: string;
  challenge: string | null;
}

export function isSameRuler(one: Measure, other: Measure): boolean {
  return one.ruler === other.ruler;
}

/** Whether overall scores may be compared; those of paths need the ruler alone. */
export function isSameScale(one: Measure, other: Measure): boolean {
  return isSameRuler(one, other) && one.weights === other.weights;
}

/**
 * The submissions of an assessment's challenge that were handed in before its own, each as it was judged last by the
 * same ruler.
 *
 * @param all newest first
 * @returns oldest first, at most `most`
 */
export function versionsBefore(own: Measure, all: readonly Measure[], most: number): Measure[] {
  if (own.challenge === null) return [];
  const byOrigin = new Map<string, Measure>();
  for (const one of all) {
    if (one.challenge !== own.challenge || !isSameRuler(one, own)) continue;
    if (one.origin < own.origin && !byOrigin.has(one.origin)) byOrigin.set(one.origin, one);
  }
  return [...byOrigin.values()].toSorted((a, b) => (a.origin < b.origin ? -1 : 1)).slice(-most);
}
