import { curve, threshold, type Rubric } from '../../rubric.ts';
import type { Passage } from './passages.ts';

export interface Feature {
  name: string;
  /** Raw points lost. */
  loss: number;
  text: string;
}

/** What each feature of a passage costs its reader; the curves are the rubric's. */
export function readingLosses({ load, nesting, told }: Passage, rubric: Rubric): Feature[] {
  const steps = Math.max(1, load.steps);
  const density = load.tokens / steps;
  const names = load.nameUses / steps;
  const feature = (name: string, raw: number, text: string): Feature => ({
    name,
    loss: 100 - curve(rubric, `readability_${name}`, raw),
    text,
  });
  const large = Math.min(1, steps / threshold(rubric, 'readability_comment_steps'));
  const silent = feature('comments', told / steps, 'few words of comment for its size');
  return [
    feature('distinct_names', load.names, `${load.names} different names`),
    feature('volume', load.tokens, `${load.tokens} tokens`),
    feature('steps', load.steps, `${load.steps} statements`),
    feature('density', density, `${density.toFixed(1)} tokens a statement`),
    feature('longest_step', load.longestStep, `a statement of ${load.longestStep} tokens`),
    feature('names_in_a_step', names, `${names.toFixed(1)} names a statement`),
    feature('nesting', nesting, `${nesting} ${nesting === 1 ? 'level' : 'levels'} of nesting`),
    { ...silent, loss: silent.loss * large },
  ];
}
