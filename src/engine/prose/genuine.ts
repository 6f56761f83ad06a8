import { ratio } from '../numbers.ts';
import { threshold, wordList, type Rubric } from '../rubric.ts';
import { wordsOf } from './sentences.ts';

/** Why a passage is not taken for prose. */
export type ProseFault = 'too_few_function_words' | 'repetition' | 'gibberish' | 'buzzwords';

/**
 * Whether a passage reads like English that someone wrote to be understood. Keyword lists lack
 * function words, stuffing repeats itself, gibberish has words nobody could say, and buzzword chains
 * are grammatical but carry little else. Short passages get the benefit of the doubt.
 */
export function proseFault(text: string, rubric: Rubric): ProseFault | null {
  const words = wordsOf(text);
  if (words.length < threshold(rubric, 'prose_minimum_words')) return null;
  const long = words.length >= threshold(rubric, 'prose_repetition_words');
  if (long && repetition(words) > threshold(rubric, 'prose_repetition')) return 'repetition';
  if (shareIn(words, wordList(rubric, 'function')) < threshold(rubric, 'prose_function_words')) {
    return 'too_few_function_words';
  }
  if (unsayable(words) > threshold(rubric, 'prose_unsayable')) return 'gibberish';
  if (shareIn(words, wordList(rubric, 'hype')) > threshold(rubric, 'prose_hype'))
    return 'buzzwords';
  return null;
}

/** Share of word pairs that were there before. */
function repetition(words: readonly string[]): number {
  const seen = new Set<string>();
  let repeated = 0;
  for (let index = 1; index < words.length; index += 1) {
    const pair = `${words[index - 1]} ${words[index]}`;
    if (seen.has(pair)) repeated += 1;
    seen.add(pair);
  }
  return ratio(repeated, words.length - 1);
}

export function shareIn(words: readonly string[], list: ReadonlySet<string>): number {
  return ratio(words.filter((word) => list.has(word)).length, words.length);
}

/** Share of longer words without a vowel or with five consonants in a row. */
function unsayable(words: readonly string[]): number {
  const long = words.filter((word) => word.length >= 4);
  const bad = long.filter(
    (word) =>
      !/[aeiouyà-ÿ]/.test(word) || /[bcdfghjklmnpqrstvwxz]{5}/.test(word.replaceAll('ghts', '')),
  );
  return ratio(bad.length, long.length);
}
