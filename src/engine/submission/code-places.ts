import { byCodePoint } from '../canonical-json.ts';
import type { FileFacts } from '../facts.ts';
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
  let last = 0;
  let read = 0;
  for (const file of code)
    for (const name of namesOf(file, linesOf(file.path))) {
      last += name === border ? gap : 1;
      if (name === border) continue;
      if (read === namesRead) break;
      read += 1;
      add(names, name, last);
      for (const word of wordsOfName(name)) add(words, stem(word), last);
    }
  const comments = [...new Set(code.flatMap(commentsOf).map(({ text }) => text))];
  return {
    words,
    names,
    near: nearIn(words, names),
    chance: chanceIn(words, names, read),
    comments,
    commented: new Set(comments.flatMap(stemsOf)),
  };
}

/** Stands where a function or file ends. */
const border = '';

/** Names and words of texts in a file, apart from comments. */
function* namesOf(file: FileFacts, lines: readonly string[]): Generator<string> {
  const named = file.functions.filter(({ kind }) => kind !== 'closure');
  const borders = new Set(named.flatMap((fn) => [fn.startLine, fn.endLine + 1]));
  const comments = linesOfComments(file);
  for (const [index, line] of lines.entries()) {
    if (borders.has(index + 1)) yield border;
    yield* withoutComment(line, comments.get(index + 1)).match(namePattern) ?? [];
  }
  yield border;
}

function add(at: Map<string, number[]>, word: string, place: number): void {
  const known = at.get(word);
  if (!known) at.set(word, [place]);
  else if (known.at(-1) !== place && known.length <= placesKept) known.push(place);
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

function nearIn(words: Places, names: Places): CodePlaces['near'] {
  const known = new Map<string, boolean>();
  return (word, other, isName = false) => {
    const places = isName ? names : words;
    const key = isName ? `${word} \`${other}` : [word, other].sort(byCodePoint).join(' ');
    const found = known.get(key) ?? stand(words.get(word) ?? [], places.get(other) ?? []);
    known.set(key, found);
    return found;
  };
}

type Places = CodePlaces['words'];

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
