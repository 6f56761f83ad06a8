import { ownRubric, type OwnRubric } from './rubric-changes.ts';
import type { Rubric } from './rubric.ts';

/**
 * Keeps the rubrics of challenges that were used last: one never changes under its version.
 *
 * @param most that are kept
 * @returns what `ownRubric` gives
 */
export function createOwnRubrics(most: number): (asked: OwnRubric) => Rubric | undefined {
  const kept = new Map<string, Rubric>();
  return (asked) => {
    const rubric = kept.get(asked.version) ?? ownRubric(asked);
    if (rubric === undefined) return undefined;
    // The one that was used least recently is the first.
    kept.delete(asked.version);
    kept.set(asked.version, rubric);
    for (const oldest of kept.keys()) if (kept.size > most) kept.delete(oldest);
    return rubric;
  };
}
