import { ratio, sum } from '../numbers.ts';
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
  const inFrame = threshold(rubric, 'repeated_frame_minimum');
  const fewest = kind === 'reason' ? inFrame : minimum;
  if (texts.length < fewest) return texts.map(() => false);
  const contents = texts.map((text) => contentWords(text, isName, rubric));
  const often = new Map<string, number>();
  for (const words of contents)
    for (const word of words) often.set(word, (often.get(word) ?? 0) + 1);
  // Texts without a word that tells anything must not make the words of the others rarer.
  const telling = contents.filter(({ size }) => size > 0).length;
  const limit = Math.max(minimum, threshold(rubric, `repeated_${kind}_share`) * telling);
  const least = threshold(rubric, `repeated_${kind}_rare_words`);
  const general = wordList(rubric, 'general');
  const own = threshold(rubric, 'text_own_words');
  const frames = texts.map((text) => (kind === 'reason' ? frameOf(text, isName, rubric) : ''));
  const sameFrame = Map.groupBy(frames, (frame) => frame);
  const alike = contents.map((words, at) => {
    const frame = frames[at] ?? '';
    if (frame !== '' && (sameFrame.get(frame) ?? []).length >= inFrame) return true;
    const rare = [...words].filter((word) => (often.get(word) ?? 0) < limit).length;
    return ratio(rare, words.size) < least || told(words, often, general) < own;
  });
  return alike.filter(Boolean).length < fewest ? texts.map(() => false) : alike;
}

/** Words of a text that are neither small words nor names of what it is about. */
function contentWords(
  text: string,
  isName: (word: string) => boolean,
  rubric: Rubric,
): ReadonlySet<string> {
  const empty = wordList(rubric, 'function');
  const bare = text.replaceAll(/[A-Za-z_$][\w$]*/g, (word) => (isName(word) ? ' ' : word));
  return new Set(wordsOf(bare).filter((word) => word.length > 2 && !empty.has(word)));
}

/** What a text tells that could not be said of anything: its words count for less where others have them, too. */
function told(
  words: ReadonlySet<string>,
  often: ReadonlyMap<string, number>,
  general: ReadonlySet<string>,
): number {
  return sum(
    [...words].map((word) => {
      const times = often.get(word) ?? 1;
      return general.has(word) ? 0 : (1 + Math.log(times)) / times;
    }),
  );
}

/** The words of a text that are neither small words, nor names, nor such as could be said of anything. */
export function ownWords(
  text: string,
  isName: (word: string) => boolean,
  rubric: Rubric,
): string[] {
  const general = wordList(rubric, 'general');
  return [...contentWords(text, isName, rubric)].filter((word) => !general.has(word));
}

/** Parts by which two frames are told apart: what follows them may be filled in, too. */
const frameParts = 4;

/**
 * The small words of a sentence in their order, with a mark for each name and each run of other words: what stays
 * when a template is filled in with other words.
 */
function frameOf(text: string, isName: (word: string) => boolean, rubric: Rubric): string {
  const small = wordList(rubric, 'function');
  const parts: string[] = [];
  for (const [token] of text.matchAll(/`[^`]*`|[A-Za-z_$][\w$'’]*/g)) {
    const name = token.startsWith('`') || isName(token);
    const part = name ? 'NAME' : small.has(token.toLowerCase()) ? token.toLowerCase() : '*';
    if (part === parts.at(-1)) continue;
    // `a and b and c` is as good as `a`.
    if (part === 'NAME' && parts.at(-1) === 'and' && parts.at(-2) === 'NAME') parts.pop();
    else parts.push(part);
  }
  return parts.slice(0, frameParts).join(' ');
}
