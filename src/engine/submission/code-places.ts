import { byCodePoint } from '../canonical-json.ts';
import type { FileFacts } from '../facts.ts';
import { rememberAll } from '../memoize.ts';
import { ratio } from '../numbers.ts';
import type { CodePlaces } from '../prose/grounding.ts';
import { stem } from '../prose/stem.ts';
import { wordsOfName } from '../words-of-name.ts';

/** What of a large submission is looked at, and the places of one word: what stands in more stands everywhere. */
const namesRead = 200_000;
const placesKept = 300;

/** Between functions: what stands at the end of one says nothing of what stands at the beginning of the next. */
const gap = 100;

/** Names between two that stand together. */
const distance = 6;

/** Reads the code name by name: layout, blank lines and the order of functions make no difference. */
export function codePlaces(
  code: readonly FileFacts[],
  linesOf: (path: string) => readonly string[],
): CodePlaces {
  const words = new Map<string, number[]>();
  const names = new Map<string, number[]>();
  /** By name: where it stands, and where each of its words does. */
  const placesOf = rememberAll((name: string): number[][] => [
    placesIn(names, name),
    ...wordsOfName(name).map((word) => placesIn(words, stem(word))),
  ]);
  let last = 0;
  let read = 0;
  const lines: LinesRead = new Map();
  for (const file of code) {
    const borders = bordersOf(file);
    const comments = linesOfComments(file);
    let number = 0;
    const ofFile = [{ last, read }];
    lines.set(file.path, ofFile);
    for (const line of linesOf(file.path)) {
      number += 1;
      if (borders.has(number)) last += gap;
      for (const name of withoutComment(line, comments.get(number)).match(namePattern) ?? []) {
        if (read === namesRead) break;
        read += 1;
        last += 1;
        addAll(placesOf(name), last);
      }
      ofFile.push({ last, read });
    }
    last += gap;
  }
  const comments = [...new Set(code.flatMap(commentsOf).map(({ text }) => text))];
  return {
    words,
    names,
    near: nearIn(words, names),
    chance: chanceIn(words, names, read),
    within: withinIn(words, lines, read),
    comments,
    commented: new Set(comments.flatMap(stemsOf)),
  };
}
/** Lines on which a function or an import begins, or before which one ends: imports may stand in any order. */
function bordersOf({ functions, imports }: FileFacts): Set<number> {
  const named = functions.filter(({ kind }) => kind !== 'closure');
  return new Set([
    ...named.flatMap((fn) => [fn.startLine, fn.endLine + 1]),
    ...imports.flatMap(({ line }) => [line, line + 1]),
  ]);
}

function placesIn(all: Map<string, number[]>, word: string): number[] {
  const known = all.get(word) ?? [];
  all.set(word, known);
  return known;
}

function addAll(lists: readonly number[][], place: number): void {
  for (const places of lists)
    if (places.length <= placesKept && places.at(-1) !== place) places.push(place);
}

/** Lines on which comments stand: the whole line, or its end. */
function linesOfComments(file: FileFacts): Map<number, 'inside' | 'edge'> {
  const lines = new Map<number, 'inside' | 'edge'>();
  for (const { startLine, endLine } of commentsOf(file))
    for (let line = startLine; line <= endLine; line += 1)
      lines.set(line, line === startLine || line === endLine ? 'edge' : 'inside');
  return lines;
}

function withoutComment(line: string, comment: 'inside' | 'edge' | undefined): string {
  if (comment === undefined) return line;
  if (comment === 'inside' || /^\s*(?:\*|"""|''')|\*\/\s*$/.test(line)) return '';
  return line.replace(/(?:\/\/|\/\*|#|--|<!--).*$/, '');
}

const namePattern = /[A-Za-z_$][\w$]*/g;

function stemsOf(text: string): string[] {
  return (text.match(namePattern) ?? []).flatMap(wordsOfName).map(stem);
}

function commentsOf({ comments, functions, classes }: FileFacts): FileFacts['comments'] {
  return [...comments, ...[...functions, ...classes].flatMap(({ doc }) => doc ?? [])];
}

/** Either way round for two words. */
function nearIn(words: Places, names: Places): CodePlaces['near'] {
  const pairs = (places: Places) =>
    rememberAll((word: string) =>
      rememberAll((other: string) => stand(words.get(word) ?? [], places.get(other) ?? [])),
    );
  const [ofWords, ofNames] = [pairs(words), pairs(names)];
  return (word, other, isName = false) => {
    if (isName) return ofNames(word)(other);
    return word < other ? ofWords(word)(other) : ofWords(other)(word);
  };
}

type Places = CodePlaces['words'];

/** By file: the number of the last name on each line and before it, and how many there were. The first is before the first line. */
type LinesRead = Map<string, { last: number; read: number }[]>;

/** By chance a word stands on some lines the sooner the more of the code they are and the more often it is there. */
function withinIn(words: Places, lines: LinesRead, read: number): CodePlaces['within'] {
  return (word, path, { startLine, endLine }) => {
    const ofFile = lines.get(path) ?? [];
    const before = ofFile[startLine - 1];
    const end = ofFile[endLine] ?? ofFile.at(-1);
    const places = words.get(word) ?? [];
    if (!before || !end || places.length > placesKept) return { stands: true, chance: 1 };
    return {
      stands: places.some((place) => place > before.last && place <= end.last),
      chance: 1 - (1 - ratio(end.read - before.read, read)) ** places.length,
    };
  };
}

/** Pairs by which chance is told. */
const pairsTried = 20_000;

/** Names around one of which a word stands by chance as seldom as it does: names that go together come in groups. */
const reach = 2;

/** As any two words, or as often as words do that are in the code so many times each. */
function chanceIn(words: Places, names: Places, read: number): CodePlaces['chance'] {
  const least = shareTogether(words);
  return (word, other, isName = false) => {
    const times =
      (words.get(word)?.length ?? 0) * ((isName ? names : words).get(other)?.length ?? 0);
    return Math.max(least, 1 - Math.exp(-ratio(reach * times, read)));
  };
}

/** Share of any two words that stand together: most of them in a few lines of code, hardly any in a large program. */
function shareTogether(places: Places): number {
  const words = [...places.keys()].sort(byCodePoint);
  const rounds = Math.min(words.length - 1, Math.ceil(pairsTried / words.length));
  let together = 0;
  let tried = 0;
  for (let round = 1; round <= rounds; round += 1) {
    // Each word with another one far away in the alphabet, another far one in each round.
    const step = Math.ceil((round * words.length) / (rounds + 1));
    for (const [index, word] of words.entries()) {
      if (tried >= pairsTried) break;
      const other = words[(index + step) % words.length] ?? word;
      tried += 1;
      together += Number(stand(places.get(word) ?? [], places.get(other) ?? []));
    }
  }
  return ratio(together, tried);
}

/** Whether two ascending lists have numbers that are near to one another. */
function stand(some: readonly number[], others: readonly number[]): boolean {
  if (Math.max(some.length, others.length) > placesKept) return true;
  let at = 0;
  for (const place of some) {
    while ((others[at] ?? Infinity) < place - distance) at += 1;
    if ((others[at] ?? Infinity) <= place + distance) return true;
  }
  return false;
}
