import { threshold, type Rubric } from '../rubric.ts';
import { wordsOfName } from '../words-of-name.ts';

/** A word of a name that says something; `x1` has none, `tmp_2` has one. */
const word = /^[a-z]{2,}/;

/** Words of a name that say something, as many as are counted. */
export function nameWords(name: string, rubric: Rubric): number {
  const words = wordsOfName(name).filter((part) => word.test(part)).length;
  return Math.min(threshold(rubric, 'name_words_counted'), words);
}
