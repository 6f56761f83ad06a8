import type { FileFacts } from '../facts.ts';
import type { LineRange } from '../line-range.ts';
import type { Rubric } from '../rubric.ts';
import { loggerCalls } from './log-calls.ts';
import { pathsAnswered } from './route-links.ts';
import { wordsOfName } from '../words-of-name.ts';
import type { TestCaseAt } from './test-cases.ts';
import type { Habits } from './habitual-guards.ts';
import { isNameAround } from '../prose/names-in.ts';
import { stem } from '../prose/stem.ts';
import { packagesIn } from './package-names.ts';
import { codePlaces } from './code-places.ts';
import type { CodePlaces, GroundingIndex } from '../prose/grounding.ts';
import { namesIn } from '../prose/names-in.ts';

/** `src/app/`, `src/app`, and a package of Python by its name: other single words are no folders by themselves. */
function foldersOf(path: string): string[] {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  const folders = parts.map((_, at) => parts.slice(0, at + 1).join('/'));
  const packages = /^__(init|main)__\.py$/.test(name) ? parts.slice(-1) : [];
  return [
    ...folders.flatMap((one) => (one.includes('/') ? [one, `${one}/`] : [`${one}/`])),
    ...packages,
  ];
}

/** What prose about these files can be grounded in, apart from what is in use. Numbers of one digit prove nothing. */
export function groundingIndex(
  files: readonly FileFacts[],
  linesOf: (path: string) => readonly string[],
): Omit<GroundingIndex, 'vocabulary' | 'places'> {
  const code = files.filter((file) => file.role === 'source' || file.role === 'test');
  const symbols = new Set(code.flatMap((file) => file.symbols));
  const declared = new Set<string>();
  const offered = new Set<string>();
  const paths = new Set<string>();
  for (const file of files) {
    // A reader names a file by as much of its path as tells it from others.
    for (let at = 0; at >= 0; at = file.path.indexOf('/', at + 1)) {
      paths.add(file.path.slice(at === 0 ? 0 : at + 1));
    }
    for (const folder of foldersOf(file.path)) paths.add(folder);
  }
  for (const file of code) {
    for (const { name } of [...file.functions, ...file.classes, ...file.identifiers]) {
      declared.add(name);
    }
    for (const name of outwardNames(file)) offered.add(name);
  }
  // What a generator writes is used, too.
  for (const name of files.flatMap(handedOut)) offered.add(name);
  const languages = new Set(files.map(({ language }) => language));
  return {
    symbols,
    declared,
    offered,
    said: new Set(code.flatMap(wordsAlone)),
    packages: packagesIn(files, linesOf),
    files: paths,
    besideNumber: wordsBesideNumbers(code),
    languages,
    behind: namesBehind(code),
    answers: pathsAnswered(code, linesOf),
  };
}

function wordsAlone({ texts }: FileFacts): string[] {
  return texts.flatMap(({ text }) =>
    /^["'`]?[A-Za-z][\w-]{1,30}["'`]?$/.test(text)
      ? [text.replaceAll(/["'`]/g, '').toLowerCase()]
      : [],
  );
}

/** Gathered when the first sentence asks. */
export function placesIn(
  code: readonly FileFacts[],
  linesOf: (path: string) => readonly string[],
): GroundingIndex['places'] {
  let found: CodePlaces | undefined;
  return () => (found ??= codePlaces(code, linesOf));
}

const none: ReadonlySet<string> = new Set();

/** Gathered when the first sentence asks: most code comes without one that names it. */
function namesBehind(code: readonly FileFacts[]): GroundingIndex['behind'] {
  const bodies = new Map<string, { file: FileFacts; body: LineRange }[]>();
  for (const file of code)
    for (const body of [...file.functions, ...file.classes]) {
      const known = bodies.get(body.name) ?? [];
      bodies.set(body.name, known);
      if (known.length < bodiesOfName) known.push({ file, body });
    }
  const found = new Map<string, ReadonlySet<string>>();
  return (name) => {
    const all = bodies.get(name);
    if (!all) return none;
    const names =
      found.get(name) ?? new Set(all.flatMap(({ file, body }) => [...namesIn(file, body)]));
    found.set(name, names);
    return names;
  };
}

/** Bodies of one name that are looked at. */
const bodiesOfName = 10;

/** `exports.Resolver = binding.Resolver`: what a file hands out, whoever made it. */
function handedOut({ topLevel }: FileFacts): string[] {
  return topLevel
    .flatMap(({ exports, mentions }) => (exports ? mentions : []))
    .filter((name) => !/^(?:module|exports|require|default|Object)$/.test(name));
}

/** Names that others can see. Those of variables and parameters in functions may be called otherwise at any time. */
function outwardNames({ functions, classes, identifiers }: FileFacts): string[] {
  const outward = identifiers.filter(
    ({ kind, local }) => kind !== 'parameter' && (kind !== 'variable' || local !== true),
  );
  return [...functions, ...classes, ...outward].map(({ name }) => name);
}

/**
 * What the code is about: words of what it declares for others to see, and of the texts in it. What nothing uses is
 * left out, or else it would lend its words to prose.
 *
 * @param isPasted one file is explained by a text beside it: all of its names are what that can speak of
 */
export function vocabularyOf(
  files: readonly FileFacts[],
  {
    cases,
    habitual,
    isPasted,
  }: { cases: readonly TestCaseAt[]; habitual: Habits; isPasted: boolean },
  rubric: Rubric,
): Map<string, number> {
  const isLogged = loggerCalls(rubric);
  const vocabulary = new Map<string, number>();
  const seen = new Set<string>();
  const add = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const words = wordsOfName(name).filter((word) => word.length > 2);
    for (const word of new Set(words.map(stem)))
      vocabulary.set(word, (vocabulary.get(word) ?? 0) + 1);
  };
  // A test that can fail says in its name what the code does.
  for (const { verdict, test } of cases)
    if (verdict === 'counts') for (const [word] of test.name.matchAll(/\w+/g)) add(word);
  for (const file of files) {
    for (const name of [...outwardNames(file), ...conceptsOf(file)]) add(name);
    if (isPasted && files.length === 1) for (const name of file.symbols) add(name);
    // What a handler says of a failure or a logger of a call is said of any code.
    const logged = file.functions.flatMap(({ calls }) => calls.filter(isLogged));
    const ranges = [
      ...file.comments,
      ...file.handlers,
      ...logged.map(({ line }) => ({ startLine: line, endLine: line })),
      ...file.guards.filter((guard) => habitual.has(guard)),
    ];
    addWordsInTexts(file, ranges, (word, line) => {
      if (!seen.has(word) && !isNameAround(file, word, line)) add(word);
    });
  }
  return vocabulary;
}

function conceptsOf({ idioms }: FileFacts): readonly string[] {
  return idioms.flatMap(({ idiom }) => concepts[idiom] ?? []);
}

const tableWords = ['hash', 'map', 'table', 'dictionary', 'lookup'];

/** What people call what code does, where its names may not say so. */
const concepts: Readonly<Record<string, readonly string[]>> = {
  heap: ['heap', 'priority', 'queue'],
  deque: ['deque', 'queue'],
  hash_lookup: tableWords,
  map: tableWords,
  recursion: ['recursion', 'recursive'],
  memoisation: ['memoization', 'memoize', 'cache'],
  binary_search: ['binary', 'search'],
  queue_bfs: ['breadth', 'search', 'queue'],
  stack_dfs: ['depth', 'search', 'stack'],
  dynamic_programming: ['dynamic', 'programming'],
  two_pointers: ['pointer'],
  concurrency: ['concurrent', 'parallel', 'thread'],
  async_await: ['asynchronous', 'async', 'await'],
  generator: ['generator', 'lazy'],
  pub_sub: ['event', 'publish', 'subscribe'],
  schema_validation: ['schema', 'validation'],
  dependency_injection: ['injection', 'inject'],
  retry: ['retry', 'backoff'],
  comprehension: ['comprehension'],
  generic_types: ['generic'],
  channels: ['channel'],
};

/** Words between quotes, apart from those in some ranges of lines. */
function addWordsInTexts(
  { lines, texts }: FileFacts,
  gone: readonly LineRange[],
  add: (word: string, line: number) => void,
): void {
  const isGone = new Uint8Array(lines + 2);
  for (const { startLine, endLine } of gone) isGone.fill(1, startLine, endLine + 1);
  for (const { line, text } of texts)
    if (isGone[line] !== 1) for (const word of text.match(/[A-Za-z]{3,}/g) ?? []) add(word, line);
}

/** Words kept for one number; a number on a hundred lines is named by none of them. */
const wordsOfNumber = 40;

/** Gathered when the first sentence asks. */
function wordsBesideNumbers(code: readonly FileFacts[]): GroundingIndex['besideNumber'] {
  let found: Map<string, Set<string>> | undefined;
  return (number) => (found ??= byNumber(code)).get(number) ?? new Set();
}

function byNumber(code: readonly FileFacts[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { number, words } of code.flatMap(({ numbers }) => numbers)) {
    const known = found.get(number) ?? new Set();
    found.set(number, known);
    if (known.size < wordsOfNumber) for (const word of words) known.add(word);
  }
  return found;
}
