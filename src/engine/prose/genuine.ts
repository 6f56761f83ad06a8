import { ratio } from '../numbers.ts';
import { curve, threshold, wordList, type Rubric } from '../rubric.ts';
import { wordsOf } from './sentences.ts';

/** Why a passage is not taken for prose. */
export type ProseFault =
  | 'other_language'
  | 'too_few_function_words'
  | 'repetition'
  | 'gibberish'
  | 'buzzwords';

/** One passage; doc blocks and points of lists, which are terse; or many passages together. */
export type ProseStyle = 'prose' | 'doc' | 'manual';

/**
 * Whether a passage reads like English that someone wrote to be understood. Keyword lists lack
 * function words, stuffing repeats itself, gibberish has words nobody could say, and buzzword chains
 * are grammatical but carry little else. Short passages get the benefit of the doubt, and so do doc blocks, which
 * are terse and tell of each parameter in the same words. A whole manual repeats itself, too.
 */
export function proseFault(
  text: string,
  rubric: Rubric,
  style: ProseStyle = 'prose',
): ProseFault | null {
  const words = wordsOf(text);
  const fewest = threshold(rubric, 'prose_minimum_words');
  if (isOtherScript(text, fewest)) return 'other_language';
  if (words.length < fewest) return null;
  if (isForeign(words, rubric)) return 'other_language';
  const terse = style === 'doc';
  if (style === 'prose' && repeatsItself(words, rubric)) return 'repetition';
  if (lacksFunctionWords(words, rubric, terse)) return 'too_few_function_words';
  if (unsayable(words) > threshold(rubric, 'prose_unsayable')) return 'gibberish';
  if (shareIn(words, wordList(rubric, 'hype')) > threshold(rubric, 'prose_hype'))
    return 'buzzwords';
  return null;
}

function repeatsItself(words: readonly string[], rubric: Rubric): boolean {
  return isLong(words, rubric) && repetition(words) > threshold(rubric, 'prose_repetition');
}

/** How far a text of many passages says one thing after another, and not the same again and again: 0 to 1. */
export function unrepeatedShare(text: string, rubric: Rubric): number {
  const words = wordsOf(text);
  return isLong(words, rubric) ? curve(rubric, 'repeated_pairs', repetition(words)) / 100 : 1;
}

function lacksFunctionWords(words: readonly string[], rubric: Rubric, terse: boolean): boolean {
  const fewest = threshold(rubric, 'prose_function_words');
  const list = wordList(rubric, 'function');
  if (terse) return isLong(words, rubric) && shareIn(words, list) < fewest / 2;
  const believed = threshold(rubric, 'prose_function_words_believed');
  const usual = threshold(rubric, 'prose_function_words_usual');
  const found = words.filter((word) => list.has(word)).length;
  return (found + usual * believed) / (words.length + believed) < fewest;
}

function isLong(words: readonly string[], rubric: Rubric): boolean {
  return words.length >= threshold(rubric, 'prose_repetition_words');
}

/** The commonest words of languages other than English; those that English has as well are left out. */
const foreign = new Set(
  `der das und ist nicht ein eine mit von den dem auf für wird werden sich auch als wie bei oder wenn kann
  le la les des une est dans pour que qui sur avec pas sont cette par ce il elle nous vous aux du et ou
  el los las una es para con por del como más este esta pero sus al y o se su lo
  il lo gli un di che per con sono della nel questo una anche dei
  um uma não com para os as do da em que por mais se na no
  het een van niet zijn voor met dat aan wordt naar ook
  och att det som är på av för inte med i nie jest na to się w z że do
  einen einem einer dass mehr nur aus nach zum zur keine jede sie wir ich oder über
  ces leur chaque quand peut être sans à été tout plus
  hay cada cuando sobre tiene entre desde porque ser también muy
  é tem pelo pela são ao já está mas seu sua foi isso pode quando nos dos das
  ogni dal dalla delle degli essere viene può nella
  ve bir bu için ile olarak değil yang dan untuk dengan ini itu dari pada adalah
  și este pentru nu sau și este pro jako ale jsou és egy hogy nem vagy että ovat joka
  và của là không được các cho`
    .split(/\s+/)
    .filter(
      (word) =>
        ![
          'as',
          'do',
          'no',
          'to',
          'i',
          'an',
          'in',
          'o',
          'y',
          'w',
          'z',
          'pro',
          'ale',
          'plus',
          'cada',
        ].includes(word),
    ),
);

/** Most letters are none of the Latin script, in which words are told apart; as many as `fewest` words have at least. */
function isOtherScript(text: string, fewest: number): boolean {
  const other = text.match(/(?!\p{Script=Latin})\p{L}/gu)?.length ?? 0;
  return other >= fewest && other > (text.match(/\p{Script=Latin}/gu)?.length ?? 0);
}

/** Written in another language: its small words outnumber the English ones. */
function isForeign(words: readonly string[], rubric: Rubric): boolean {
  const other = shareIn(words, foreign);
  return other > 0.12 && other > 2 * shareIn(words, wordList(rubric, 'function'));
}

/** Two small or marked words of another language are enough where hardly any is English, however short a text is. */
export function isShortForeign(text: string, rubric: Rubric): boolean {
  const words = wordsOf(text);
  const other = words.filter((word) => foreign.has(word) || /[à-ÿ]/.test(word)).length;
  const english = words.filter((word) => wordList(rubric, 'function').has(word)).length;
  return other > 1 && other > 2 * english;
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
