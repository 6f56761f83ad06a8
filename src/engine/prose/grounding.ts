import type { LineRange } from '../line-range.ts';
import { ratio, sum } from '../numbers.ts';
import { curve, threshold, wordList, type Rubric } from '../rubric.ts';
import { wordsOfName } from '../words-of-name.ts';
import { wordsOf, type Sentence } from './sentences.ts';
import { stem } from './stem.ts';

/** What in the submission a piece of prose names. */
export interface GroundingLink {
  kind: 'symbol' | 'file' | 'number' | 'error';
  text: string;
}

/** What prose can be grounded in. */
export interface GroundingIndex {
  /** Names declared or used in code. */
  symbols: ReadonlySet<string>;
  /** Names that the submission itself declares. */
  declared: ReadonlySet<string>;
  /** Those of them that are not local to a function: what an example can use. */
  offered: ReadonlySet<string>;
  /** Words that are texts of the code by themselves, in small letters: the commands that it reads, for one. */
  said: ReadonlySet<string>;
  /** Names under which others import or start the submission as a whole: those of its packages and programs. */
  packages: ReadonlySet<string>;
  /** Paths and their last parts. */
  files: ReadonlySet<string>;
  /** Words of the names on the lines where a number of two digits or more stands in the code. */
  besideNumber: (number: string) => ReadonlySet<string>;
  /** Languages of the files. */
  languages: ReadonlySet<string>;
  /** Stems of the words that the code is about, with how many of its names and texts each is in. */
  vocabulary: ReadonlyMap<string, number>;
  /** Names that a reader sees in the bodies of what is called so: `fn` uses them, which its code says. */
  behind: (name: string) => ReadonlySet<string>;
  /** Whether the submission answers what is asked of it over HTTP at a path or an address. */
  answers: (path: string) => boolean;
  /** Where the words of the code stand; gathered when the first sentence asks. */
  places: () => CodePlaces;
}

/** Where the words of the code stand in it, and the words of its comments. */
export interface CodePlaces {
  /** Stems of the words of all names and texts, with the numbers of the names that each is in; ascending. */
  words: ReadonlyMap<string, readonly number[]>;
  /** Names as they are written, with their numbers. */
  names: ReadonlyMap<string, readonly number[]>;
  /** Whether a word stands a few names from another one, or from a name, anywhere. */
  near: (word: string, other: string, isName?: boolean) => boolean;
  /** How likely they would, 0 to 1, if nothing brought them together. */
  chance: (word: string, other: string, isName?: boolean) => number;
  /** Whether a word stands on some lines of a file, and how likely it would by chance. */
  within: (word: string, path: string, range: LineRange) => { stands: boolean; chance: number };
  /** Comments and doc blocks, with the stems of their words. */
  comments: readonly string[];
  commented: ReadonlySet<string>;
}

/** Names that every file mentions. */
const receivers = new Set([
  'self',
  'this',
  'super',
  'cls',
  'None',
  'null',
  'true',
  'false',
  'True',
  'False',
]);

const namePattern = /[A-Za-z_$][\w$]*(?:(?:\.|::|->|#)[A-Za-z_$][\w$]*)*(?:\(\))?/g;

/** Runs that may be paths; the index decides. One class of characters, so that no run is read twice. */
const pathPattern = /[\w./-]+/g;

/**
 * Links from a sentence to what exists in the submission. A plain English word is no link, even if
 * some variable has that name: a name counts in code voice, with a call's parentheses, or when its
 * spelling can only be code (`camelCase`, `snake_case`, `a.b`).
 */
export function groundingLinks(sentence: Sentence, index: GroundingIndex): GroundingLink[] {
  const links = new Map<string, GroundingLink>();
  const add = (kind: GroundingLink['kind'], text: string): void => {
    if (!links.has(text)) links.set(text, { kind, text });
  };
  for (const span of sentence.codeSpans) linkCode(span, index, add);
  const withoutCode = sentence.text.replaceAll(/`[^`]*`/g, ' ');
  const bare = withoutCode.replaceAll(pathPattern, (run) => {
    const path = run.replace(/^\.\//, '').replace(/(?<!\.)\.$/, '');
    if (index.files.has(path)) add('file', path);
    // The end of a path that leads elsewhere is no name of a file here.
    else if (!run.includes('/')) return run;
    return ' ';
  });
  for (const [word] of bare.matchAll(namePattern)) {
    if (looksLikeCode(word)) linkCode(word, index, add);
  }
  for (const number of numbersIn(bare)) {
    // Two texts have a number in common by chance; a number and the name beside it they have not.
    const names = index.besideNumber(number);
    if (sentence.words.some((word) => isNamed(word, names))) add('number', number);
  }
  return [...links.values()];
}

/** What a sentence says of the code. */
export interface Claim {
  links: GroundingLink[];
  /** How well its words tie it to the code that it names: 0 (as well said of any other) to 1. */
  tie: number;
}

/**
 * Links of a sentence, and how far it also speaks of what the code is about: in words of the code that neither its
 * links are made of, nor the code that they name shows, nor could stand in a text about anything. A sentence that is
 * made from a name and words from elsewhere has none.
 *
 * @param shown names that its reader sees beside it
 */
export function claimOf(
  sentence: Sentence,
  index: GroundingIndex,
  rubric: Rubric,
  shown?: ReadonlySet<string>,
): Claim {
  const links = groundingLinks(sentence, index);
  return { links, tie: tieOf([wordsOfSentence(sentence, index, rubric, shown)], index, rubric) };
}

/** Stems of the words of a text that could not be said of anything, and those of them that tie it to the code. */
export interface TextWords {
  own: ReadonlySet<string>;
  tied: ReadonlySet<string>;
  /** How far the text reads as if somebody had said something. */
  fluency: number;
}

/** How well the words of a passage tie it to the code: by how many they are, and by their share of each sentence. */
export function tieOf(
  passage: readonly TextWords[],
  { vocabulary, symbols }: GroundingIndex,
  rubric: Rubric,
): number {
  // Prose that came without code can't be held against any.
  if (vocabulary.size + symbols.size === 0) return 1;
  const enough = threshold(rubric, 'tied_share');
  const weights = new Map<string, number>();
  for (const { own, tied, fluency } of passage) {
    const weight = fluency * Math.min(1, ratio(tied.size, own.size) / enough);
    for (const word of tied) weights.set(word, Math.max(weight, weights.get(word) ?? 0));
  }
  return curve(rubric, 'tied_words', sum([...weights.values()])) / 100;
}

/** Kept for sentences that stand beside no code: several criteria ask the same of them. */
const wordsBySentence = new WeakMap<Sentence, TextWords>();

export function wordsOfSentence(
  sentence: Sentence,
  index: GroundingIndex,
  rubric: Rubric,
  shown?: ReadonlySet<string>,
): TextWords {
  if (shown) return readWords(sentence, index, rubric, shown);
  const known = wordsBySentence.get(sentence) ?? readWords(sentence, index, rubric, new Set());
  wordsBySentence.set(sentence, known);
  return known;
}

function readWords(
  sentence: Sentence,
  index: GroundingIndex,
  rubric: Rubric,
  shown: ReadonlySet<string>,
): TextWords {
  const { vocabulary, symbols, behind } = index;
  const links = groundingLinks(sentence, index);
  const named = new Set(links.flatMap((link) => wordsOfName(link.text)).map(stem));
  const seen = new Set([...shown, ...links.flatMap((link) => [...behind(link.text)])]);
  // Names that are only listed say no more than one of them.
  const isName = (word: string): boolean =>
    seen.has(word) || (looksLikeCode(word) && symbols.has(word));
  const plain = sentence.text.replaceAll(namePattern, (word) => (isName(word) ? ' ' : word));
  const own = contentStems(plain, rubric);
  const inNames = new Set([...seen].flatMap(wordsOfName).map(stem));
  // A word of what it names is one of the code when something else is called so, too.
  const isTied = (word: string): boolean =>
    (vocabulary.get(word) ?? 0) > Number(named.has(word)) && !inNames.has(word);
  return { own, tied: new Set([...own].filter(isTied)), fluency: sentence.fluency };
}

/** Stems of the words of a text that say what it is about. */
export function contentStems(text: string, rubric: Rubric): ReadonlySet<string> {
  const empty = wordList(rubric, 'function');
  const general = wordList(rubric, 'general');
  // Letters between digits are parts of a number: of a hash, an address, a version.
  const plain = text.replaceAll(/\b[A-Za-z]*\d\w*/g, ' ');
  const words = wordsOf(plain.replaceAll(/['’]s\b/g, '')).filter(
    (word) => word.length > 2 && !empty.has(word) && !general.has(word),
  );
  return new Set(words.map(stem));
}

/**
 * Numbers of two digits or more in a text, without separators; `0,0` are two of one digit. A run of digits is entered
 * at its beginning only: a pattern that may start anywhere in `1.1.1.1…` takes quadratic time.
 */
export function numbersIn(text: string): string[] {
  if (!/\d[\d,_.]/.test(text)) return [];
  return [...text.matchAll(/(?<![\w.,])\d[\d,_.]*(?![\dA-Za-z,_.])/g)]
    .flatMap(([run]) => (/^\d{1,3}(?:,\d{3})+(?!\d|,)/.test(run) ? [run] : run.split(',')))
    .map((run) => run.replaceAll(/[,_]/g, '').replace(/\.+$/, ''))
    .filter((number) => number.length > 1);
}

function isNamed(word: string, names: ReadonlySet<string>): boolean {
  return word.length > 2 && (names.has(word) || names.has(word.replace(/s$/, '')));
}

function linkCode(
  span: string,
  index: GroundingIndex,
  add: (kind: GroundingLink['kind'], text: string) => void,
): void {
  if (index.files.has(span)) return add('file', span);
  for (const part of span.match(/[A-Za-z_$][\w$]*/g) ?? []) {
    const isOwn = index.packages.has(part) || (part.length > 2 && index.symbols.has(part));
    if (receivers.has(part) || !isOwn) continue;
    add(/(?:Error|Exception)$/.test(part) ? 'error' : 'symbol', part);
  }
}

function looksLikeCode(word: string): boolean {
  return /[a-z][A-Z]|_|\(\)$|\w(?:\.|::|->|#)\w/.test(word) && !/^(?:e\.g|i\.e)$/i.test(word);
}
