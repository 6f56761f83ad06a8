import type { Finding } from './report-model.ts';

interface Leading {
  shown: Finding[];
  /** What is left out, with the sum of its points; null when nothing is. */
  rest: { count: number; points: number } | null;
}

/** The weightiest findings one by one, and the others by their number and their points: together they close the score. */
export function leadingFindings(findings: readonly Finding[], most: number): Leading {
  const single = findings.filter(({ folds }) => folds === 0);
  const shown = single.slice(0, most);
  const left = findings.filter((finding) => !shown.includes(finding));
  if (left.length === 0) return { shown, rest: null };
  const count = left.reduce((sum, { folds }) => sum + (folds || 1), 0);
  const points = left.reduce((sum, finding) => sum + finding.points, 0);
  return { shown, rest: { count, points: Math.round(points * 100) / 100 } };
}
