import type { Rubric } from '../rubric.ts';
import type { Submission } from '../submission/submission.ts';

/**
 * One fact that a criterion found, in the criterion's own units. Points are worked out afterwards
 * (`settle.ts`), so that leaving a fact out and settling again *is* scoring the submission without it.
 */
export interface Observation {
  rule: string;
  type: string;
  source: string;
  file: string | null;
  startLine: number | null;
  endLine: number | null;
  message: string;
  /** Defect criteria: raw points lost (of 100). Earned criteria: units earned; negative takes away. */
  amount: number;
  /** What to do about it, as an imperative sentence. */
  advice?: string;
  /** Facts with the same remedy go away together. Default: each on its own. */
  remedy?: string;
  /** Amount once the advice is followed; default 0. */
  potential?: number;
  /** Score that the criterion, or its path, cannot exceed while this fact stands. */
  criterionCap?: number;
  pathCap?: number;
  /** What is resampled as one for the interval: a function, a file, a sentence. */
  unit?: string;
  metadata?: Record<string, string | number | boolean | null>;
}

/** What a criterion says before points are known. */
export type CriterionDraft =
  | {
      applicable: true;
      /** What the judgement rests on: 14 functions, 320 statements. */
      sample: { n: number; unit: string };
      observations: Observation[];
      /** One sentence on what was measured and found. */
      summary: string;
    }
  | { applicable: false; reason: string };

export interface CriterionContext {
  submission: Submission;
  rubric: Rubric;
}

/** A criterion: facts and rubric in, observations out. Pure. */
export type Criterion = (context: CriterionContext) => CriterionDraft;

export function notApplicable(reason: string): CriterionDraft {
  return { applicable: false, reason };
}

/** Raw points lost, shared over items by weight so that they add up to `total`. */
export function shareOut(total: number, weights: readonly number[]): number[] {
  let whole = 0;
  for (const weight of weights) whole += weight;
  return weights.map((weight) => (whole === 0 ? 0 : (total * weight) / whole));
}

/** `1 function`, `3 functions`, `2 classes`, `2 dependencies`; `no mistakes`, since that may be praise. */
export function count(n: number, noun: string): string {
  if (n === 1) return `1 ${noun}`;
  const plural = noun.endsWith('s') ? `${noun}es` : `${noun.replace(/y$/, 'ie')}s`;
  return `${n === 0 ? 'no' : n} ${plural}`;
}

/** `none of`, `3 of`. */
export function howMany(n: number): string {
  return n === 0 ? 'none' : String(n);
}

/** `1 sentence gives`, `3 sentences give`: the verb in the form that the number asks for. */
export function verb(n: number, plural: string, singular: string): string {
  return n === 1 ? singular : plural;
}
