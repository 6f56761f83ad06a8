import { threshold, wordList, type Rubric } from '../rubric.ts';
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
  /** Paths and their last parts. */
  files: ReadonlySet<string>;
  /** Numbers of two digits or more that stand in the code, with the words of the names on their lines. */
  numbers: ReadonlyMap<string, ReadonlySet<string>>;
  /** Languages of the files. */
  languages: ReadonlySet<string>;
  /** Stems of the words that the code is about, with how many of its names and texts each is in. */
  vocabulary: ReadonlyMap<string, number>;
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
    const names = index.numbers.get(number);
    if (names !== undefined && sentence.words.some((word) => isNamed(word, names)))
      add('number', number);
  }
  return [...links.values()];
}

/**
 * Links of a sentence that also speaks of what the code is about: in plain words, it uses words of the code that neither
 * its links are made of nor could stand in a text about anything. A sentence that is made from a name and words from
 * elsewhere has none.
 */
export function claimedLinks(
  sentence: Sentence,
  index: GroundingIndex,
  rubric: Rubric,
): GroundingLink[] {
  const links = groundingLinks(sentence, index);
  return links.length > 0 && isAboutCode(sentence, links, index, rubric) ? links : [];
}

/** Whether a good part of the words of a sentence are of the code, beyond what it names. */
export function isAboutCode(
  { text }: Sentence,
  links: readonly GroundingLink[],
  { vocabulary, symbols }: GroundingIndex,
  rubric: Rubric,
): boolean {
  const named = new Set(links.flatMap((link) => wordsOfName(link.text)).map(stem));
  const empty = wordList(rubric, 'function');
  const general = wordList(rubric, 'general');
  // Names that are only listed say no more than one of them.
  const plain = text.replaceAll(namePattern, (word) =>
    looksLikeCode(word) && symbols.has(word) ? ' ' : word,
  );
  const words = wordsOf(plain).filter(
    (word) => word.length > 2 && !empty.has(word) && !general.has(word),
  );
  const own = [...new Set(words.map(stem))];
  // Prose that came without code can't be held against any.
  if (vocabulary.size + symbols.size === 0) return true;
  // A word of what it names is one of the code when something else is called so, too.
  const tied = own.filter((word) => (vocabulary.get(word) ?? 0) > Number(named.has(word))).length;
  // Little code has few words that a sentence could have in common with it.
  const known = Math.min(
    1,
    Math.max(
      threshold(rubric, 'sentence_vocabulary_least'),
      vocabulary.size / threshold(rubric, 'sentence_vocabulary'),
    ),
  );
  const enough = own.length * threshold(rubric, 'sentence_tied_words') * known;
  return tied >= 2 || (tied > 0 && tied >= enough);
}

/**
 * Numbers of two digits or more in a text, without separators. A run of digits is entered at its
 * beginning only: a pattern that may start anywhere in `1.1.1.1…` takes quadratic time.
 */
export function numbersIn(text: string): string[] {
  if (!/\d/.test(text)) return [];
  return [...text.matchAll(/(?<![\w.,])\d[\d,_.]*(?![\dA-Za-z,_.])/g)]
    .map(([run]) => run.replaceAll(/[,_]/g, '').replace(/\.+$/, ''))
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
    if (part.length < 3 || receivers.has(part) || !index.symbols.has(part)) continue;
    add(/(?:Error|Exception)$/.test(part) ? 'error' : 'symbol', part);
  }
}

function looksLikeCode(word: string): boolean {
  return /[a-z][A-Z]|_|\(\)$|\w(?:\.|::|->|#)\w/.test(word) && !/^(?:e\.g|i\.e)$/i.test(word);
}
