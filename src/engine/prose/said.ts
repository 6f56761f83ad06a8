import type { LineRange } from '../line-range.ts';
import { ratio } from '../numbers.ts';
import { wordsOfName } from '../words-of-name.ts';
import { curve, threshold, type Rubric } from '../rubric.ts';
import { isInDocs, meanBits, wordOrderOf, type WordOrder } from './fluency.ts';
import {
  contentStems,
  groundingLinks,
  wordsOfSentence,
  type CodePlaces,
  type GroundingIndex,
} from './grounding.ts';
import { wordsOf, type Sentence } from './sentences.ts';
import { stem } from './stem.ts';

/** A sentence with how far it says something of the code, 0 to 1, judged with those around it. */
export interface Said {
  sentence: Sentence;
  /** How far its words hang together, in the code or in documentation, and are not pieced together from other text. */
  connected: number;
  /** How far they are more than the words that the code and its comments have. */
  fresh: number;
}

/** Counts of a sentence, which add up to those of a passage. */
interface Counts extends WordOrder, Couples {
  sentences: number;
  /** Words that could not be said of anything. */
  own: number;
  /** Those of them that neither the code nor its comments nor documentation of others have. */
  strange: number;
  /** Words that neither the code nor its comments have. */
  fresh: number;
  /** Three words in a row. */
  triples: number;
  /** Those of them of which each two stood so before, and the three did not. */
  pieced: number;
}

/** Pairs of words of the code that one text names, and how many of them stand together in the code; both beyond chance. */
export interface Couples {
  couples: number;
  related: number;
}

/**
 * What the sentences of some documents say of the code. Who knows it puts together what it puts together, in whatever
 * English, or else writes as others write, and says more than the words that it has.
 *
 * @param without sentences that are not asked about
 */
export function saidIn(
  documents: readonly (readonly Sentence[])[],
  index: GroundingIndex,
  rubric: Rubric,
  without: ReadonlySet<Sentence> = new Set(),
): Said[][] {
  // The words of the code are gathered when somebody says something.
  if (documents.every(({ length }) => length === 0)) return documents.map(() => []);
  const ownOf = (one: Sentence): ReadonlySet<string> => wordsOfSentence(one, index, rubric).own;
  const often = new Map<string, number>();
  for (const one of documents.flat())
    if (!without.has(one))
      for (const word of ownOf(one)) often.set(word, (often.get(word) ?? 0) + 1);
  const places = index.places();
  const seen = new Runs(places.comments);
  // What is left out was there all the same: others may be pieced together from it.
  const pieces = new Map(documents.flat().map((one) => [one, seen.piecedIn(one.words)]));
  const namesIn = (one: Sentence) => groundingLinks(one, index).map(({ text }) => text);
  const isStrange = (word: string): boolean =>
    !places.words.has(word) && !places.commented.has(word) && !isInDocs(word);
  const countsOf = (one: Sentence): Counts => {
    const { triples = 0, pieced = 0, quoted = 0 } = pieces.get(one) ?? {};
    // Who quotes a comment says what it says; single words of comments say little.
    const ofComment = 2 * quoted > triples ? 1 : threshold(rubric, 'fresh_commented_part');
    return {
      ...wordOrderOf(one.text),
      ...couplesOf(contentStems(one.text, rubric), namesIn(one), places),
      triples,
      pieced,
      sentences: 1,
      own: ownOf(one).size,
      strange: [...ownOf(one)].filter(isStrange).length,
      fresh: freshWords(ownOf(one), often, places, ofComment),
    };
  };
  const value = (name: string): number => threshold(rubric, name);
  const near = value('fluency_near_pairs');
  const far = value('fluency_far_pairs');
  const side = value('said_side_pairs');
  const leeway = value('said_leeway_bits');
  return documents.map((sentences) => {
    // What is not asked about was there all the same: it tells what the rest stands among.
    const counts = sentences.map(countsOf);
    return sentences.flatMap((sentence, at): Said[] => {
      if (without.has(sentence)) return [];
      const beside = around(counts, at, near);
      const whole = around(counts, at, far);
      // What follows must not hide behind what stands before it, nor the other way round.
      const sides = [1, -1].map((one) =>
        relatedShare(around(counts, at, side, [one]), rubric, { leeway }),
      );
      const own = [beside, whole].map((one) => ownShare(one, rubric));
      const close = relatedShare(beside, rubric);
      const all = Math.min(close, relatedShare(whole, rubric), ...sides, ...own);
      // Nor is a sentence nothing because of what follows it.
      const least = value('said_least_part') * Math.min(close, Math.max(...sides), ...own);
      return [
        {
          sentence,
          connected: Math.max(all, least),
          // What is near shows enough, and a list of names further on takes nothing away.
          fresh: freshShare(beside, rubric),
        },
      ];
    });
  });
}

interface Relatedness {
  kind?: 'related_enough' | 'related_enough_docs';
  /** Bits that are given to what is no passage of its own. */
  leeway?: number;
}

/**
 * How far words are put together as in the code. Of those that follow one another as in documentation less is asked, and
 * nothing in the end: it may speak of what the code does not name. Poor English is as good where it says what the code does.
 */
export function relatedShare(
  { couples, related, bits, pairs }: WordOrder & Couples,
  rubric: Rubric,
  { kind = 'related_enough', leeway = 0 }: Relatedness = {},
): number {
  const value = (name: string): number => threshold(rubric, name);
  const believed = value('related_believed');
  const share = (Math.max(0, related) + value('related_usual') * believed) / (couples + believed);
  const enough = curve(rubric, kind, meanBits({ bits, pairs }, rubric) + leeway) / 100;
  return curve(rubric, 'related_words', share - enough) / 100;
}

function freshShare({ fresh, sentences }: Counts, rubric: Rubric): number {
  const believed = threshold(rubric, 'fresh_believed');
  const words = (fresh + threshold(rubric, 'fresh_usual') * believed) / (sentences + believed);
  return curve(rubric, 'fresh_words', words) / 100;
}

/** How far words are the writer's own and not drawn from a list of words: some of what is said is said elsewhere. */
function ownShare({ pieced, triples, own, strange }: Counts, rubric: Rubric): number {
  const shareOf = (kind: string, some: number, all: number): number => {
    const believed = threshold(rubric, `${kind}_believed`);
    return (some + threshold(rubric, `${kind}_usual`) * believed) / (all + believed);
  };
  return Math.min(
    curve(rubric, 'pieced_together', shareOf('pieced', pieced, triples)) / 100,
    curve(rubric, 'strange_words', shareOf('strange', strange, own)) / 100,
  );
}

/** Words and names of the code of one text that are looked at. */
const wordsRead = 16;

/** Pairs that one text counts for at most. */
const couplesCounted = 8;

/**
 * @param own stems of the words of a text
 * @param named names of the code in it
 */
export function couplesOf(
  own: ReadonlySet<string>,
  named: readonly string[],
  { words, names, near, chance }: CodePlaces,
): Couples {
  const ofCode = [...own].filter((word) => words.has(word)).slice(0, wordsRead);
  const all: Couples = { couples: 0, related: 0 };
  const count = (word: string, other: string, isName: boolean): void =>
    addCouple(all, near(word, other, isName), chance(word, other, isName));
  for (const [index, word] of ofCode.entries())
    for (const other of ofCode.slice(0, index)) count(word, other, false);
  for (const name of named.filter((one) => names.has(one)).slice(0, wordsRead)) {
    const parts = new Set(wordsOfName(name).map(stem));
    for (const word of ofCode) if (!parts.has(word)) count(word, name, true);
  }
  // The pairs of many words in one sentence are no better known than those of a few.
  const part = Math.min(1, couplesCounted / all.couples);
  return { couples: all.couples * part, related: all.related * part };
}

function addCouple(all: Couples, stand: boolean, chance: number): void {
  const told = 1 - chance;
  all.couples += told * told;
  all.related += told * (Number(stand) - chance);
}

/**
 * What is said beside some lines is of what stands on them.
 *
 * @param own stems of the words of a text
 * @param range lines that it speaks of
 */
export function couplesWith(
  own: ReadonlySet<string>,
  path: string,
  range: LineRange,
  { words, within }: CodePlaces,
): Couples {
  const all: Couples = { couples: 0, related: 0 };
  for (const word of [...own].filter((one) => words.has(one)).slice(0, wordsRead)) {
    const { stands, chance } = within(word, path, range);
    addCouple(all, stands, chance);
  }
  return all;
}

/** Those of many sentences count for less in each. @param ofComment what a word of a comment counts for */
function freshWords(
  own: ReadonlySet<string>,
  often: ReadonlyMap<string, number>,
  { words, commented }: CodePlaces,
  ofComment: number,
): number {
  let fresh = 0;
  for (const word of own) {
    if (words.has(word)) continue;
    const times = often.get(word) ?? 1;
    const part = commented.has(word) ? ofComment : 1;
    fresh += part * ratio(1 + Math.log(times), times);
  }
  return fresh;
}

/** Characters of comments that are looked at. */
const commentsRead = 200_000;

/** Runs of words that were there before: who quotes repeats long ones, who makes text of text joins short ones. */
class Runs {
  readonly #seen = new Set<string>();

  constructor(comments: readonly string[]) {
    let left = commentsRead;
    for (const text of comments) {
      if ((left -= text.length) < 0) break;
      this.#add(wordsOf(text));
    }
  }

  /** Counts those of a sentence and keeps its runs for the next. */
  piecedIn(words: readonly string[]): Record<'triples' | 'pieced' | 'quoted', number> {
    let pieced = 0;
    let quoted = 0;
    for (let at = 2; at < words.length; at += 1) {
      const [first, second, third] = words.slice(at - 2, at + 1);
      if (this.#seen.has(`${first} ${second} ${third}`)) quoted += 1;
      else if (this.#seen.has(`${first} ${second}`) && this.#seen.has(`${second} ${third}`))
        pieced += 1;
    }
    this.#add(words);
    return { triples: Math.max(0, words.length - 2), pieced, quoted };
  }

  #add(words: readonly string[]): void {
    for (let at = 1; at < words.length; at += 1) {
      this.#seen.add(`${words[at - 1]} ${words[at]}`);
      if (at > 1) this.#seen.add(`${words[at - 2]} ${words[at - 1]} ${words[at]}`);
    }
  }
}

/** A sentence with those before (-1) and after it (1), or on one side, until there are enough pairs of words. */
function around(
  counts: readonly Counts[],
  at: number,
  enough: number,
  sides: readonly number[] = [-1, 1],
): Counts {
  const whole = { ...(counts[at] ?? nothing) };
  const add = (part: Counts = nothing): void => {
    for (const key of countKeys) whole[key] += part[key];
  };
  for (let far = 1; whole.pairs < enough && far < counts.length; far += 1) {
    for (const side of sides) add(counts[at + side * far]);
  }
  return whole;
}

const nothing: Counts = {
  bits: 0,
  pairs: 0,
  sentences: 0,
  own: 0,
  strange: 0,
  couples: 0,
  related: 0,
  fresh: 0,
  triples: 0,
  pieced: 0,
};
const countKeys = Object.keys(nothing) as (keyof Counts)[];
