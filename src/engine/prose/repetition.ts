import { ratio } from '../numbers.ts';
import { threshold, wordList, type Rubric } from '../rubric.ts';
import { wordsOf } from './sentences.ts';

/**
 * Which of many texts (sentences, comments, doc blocks) are made from a template: they say the same words of one
 * thing after the other, and none of them tells what the code does not tell itself, also where the words take turns.
 * A text is such a one when hardly any of its content words is rare among all of them. Order does not matter.
 *
 * @param kind reasons are told in fewer words than texts of any kind, and by their relation are all alike already
 * @param isName of a word that only names what the text is about, which tells nothing by itself
 */
export function repeatedTexts(
  texts: readonly string[],
  isName: (word: string) => boolean,
  rubric: Rubric,
  kind: 'text' | 'reason' = 'text',
): boolean[] {
  const minimum = threshold(rubric, 'repeated_text_minimum');
  if (texts.length < minimum) return texts.map(() => false);
  const empty = wordList(rubric, 'function');
  const contents = texts.map((text) => {
    const bare = text.replaceAll(/[A-Za-z_$][\w$]*/g, (word) => (isName(word) ? ' ' : word));
    return new Set(wordsOf(bare).filter((word) => word.length > 2 && !empty.has(word)));
  });
  const often = new Map<string, number>();
  for (const words of contents)
    for (const word of words) often.set(word, (often.get(word) ?? 0) + 1);
  const limit = Math.max(minimum, threshold(rubric, `repeated_${kind}_share`) * texts.length);
  const least = threshold(rubric, `repeated_${kind}_rare_words`);
  return contents.map((words) => {
    const rare = [...words].filter((word) => (often.get(word) ?? 0) < limit).length;
    return ratio(rare, words.size) < least;
  });
}
