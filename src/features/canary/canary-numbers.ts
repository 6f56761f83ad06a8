import type { Letters } from '../../engine/rubric.ts';
import type { CanaryReport } from './canary-schemas.ts';

/** To a tenth, as scores are; never -0. */
export function rounded(value: number): number {
  return Math.round(value * 10) / 10 + 0;
}

export function hundredths(value: number): number {
  return Math.round(value * 100) / 100 + 0;
}

/** 0 of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

export function distributionOf(
  scores: readonly (number | null)[],
): CanaryReport['scores']['before'] {
  const sorted = scores.filter((score) => score !== null).toSorted((a, b) => a - b);
  const at = (share: number) => quantile(sorted, share);
  return {
    scored: sorted.length,
    mean: sorted.length === 0 ? null : rounded(mean(sorted)),
    p10: at(0.1),
    median: at(0.5),
    p90: at(0.9),
  };
}

/** Scores of fewer say nothing about shares of them. */
const FEWEST = 20;

/**
 * Bounds of letters in the proportions of the ECTS grading scale: the best tenth has an A, the next quarter a B, 30 %
 * a C, a quarter a D.
 *
 * @returns null where there are too few scores, or too many equal ones
 */
export function boundsAt(scores: readonly number[]): Letters['bounds'] | null {
  if (scores.length < FEWEST) return null;
  const sorted = scores.toSorted((a, b) => a - b);
  const [A = 0, B = 0, C = 0, D = 0] = [0.9, 0.65, 0.35, 0.1].map(
    (share) => quantile(sorted, share) ?? 0,
  );
  return A > B && B > C && C > D ? { A, B, C, D } : null;
}

/** Between two values, in proportion. */
function quantile(sorted: readonly number[], share: number): number | null {
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)];
  const high = sorted[Math.ceil(place)];
  if (low === undefined || high === undefined) return null;
  return rounded(low + (high - low) * (place - Math.floor(place)));
}

/** From 1; equals share one. */
export function rankOf(scores: readonly number[]): number[] {
  const sorted = scores.toSorted((a, b) => b - a);
  const first = new Map<number, number>();
  for (const [index, score] of sorted.entries()) if (!first.has(score)) first.set(score, index + 1);
  return scores.map((score) => first.get(score) ?? 0);
}
