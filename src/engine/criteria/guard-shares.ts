import type { GuardFacts } from '../pattern-facts.ts';
import { threshold, type Rubric } from '../rubric.ts';
import type { Submission } from '../submission/submission.ts';
import { diminishing } from './repeats.ts';

/**
 * What each check counts for. Those of one shape, such as the same line at the start of each function, count with
 * diminishing returns; those that are made as a habit count for less by themselves, or for nothing. Those that fit any
 * function count together for what is next to nothing, unless something shows that they are needed.
 *
 * @param isShown whether a test or a text shows that a check is needed
 */
export function guardShares(
  submission: Submission,
  rubric: Rubric,
  isShown: (guard: GuardFacts) => boolean,
): Map<GuardFacts, number> {
  const all = submission.code.flatMap(({ guards }) =>
    guards.map((guard) => ({ guard, usual: guard.usual === true && !isShown(guard) })),
  );
  const usual = all.filter((one) => one.usual).length;
  const shares = diminishing(all.map(({ guard }) => `${guard.kind} ${guard.shape}`));
  return new Map(
    all.map(({ guard, usual: fitsAny }, index) => [
      guard,
      (1 - (submission.habitual.get(guard) ?? 0)) *
        (fitsAny ? threshold(rubric, 'usual_guards_worth') / usual : (shares[index] ?? 1)),
    ]),
  );
}
