import type { GuardFacts } from '../pattern-facts.ts';
import { shapeOfLines } from '../submission/shape-of-text.ts';
import type { Submission } from '../submission/submission.ts';
import { diminishing } from './repeats.ts';

/**
 * What each check counts for. Those of one shape, such as the same line at the start of each function, count with
 * diminishing returns; those that are made as a habit count for less by themselves, or for nothing.
 */
export function guardShares(submission: Submission): Map<GuardFacts, number> {
  const all = submission.code.flatMap(({ path, guards }) =>
    guards.map((guard) => ({ path, guard })),
  );
  const shares = diminishing(
    all.map(({ path, guard }) => `${guard.kind} ${shapeOfLines(submission.linesOf(path), guard)}`),
  );
  return new Map(
    all.map(({ guard }, index) => [
      guard,
      (1 - (submission.habitual.get(guard) ?? 0)) * (shares[index] ?? 1),
    ]),
  );
}
