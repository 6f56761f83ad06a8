/** How much there is to judge: the time that takes follows from it, and so does what is promised. */
import type { AssessmentContent } from '../../engine/contract.ts';

export const sizeClasses = ['small', 'large'] as const;
export type SizeClass = (typeof sizeClasses)[number];

/** Characters of a submission, names and paths included. */
export const SMALL_MAX_CHARACTERS = 10_000;

export function sizeClass(content: AssessmentContent): SizeClass {
  return textLength(content) > SMALL_MAX_CHARACTERS ? 'large' : 'small';
}

/** As deep as the schema of a submission, that is four levels. */
function textLength(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, part: unknown) => sum + textLength(part), 0);
}
