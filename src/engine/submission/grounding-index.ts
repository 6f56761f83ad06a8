import type { FileFacts } from '../facts.ts';
import { wordsOfName } from '../words-of-name.ts';
import { numbersIn, type GroundingIndex } from '../prose/grounding.ts';

/** What prose about these files can be grounded in. Numbers of one digit prove nothing. */
export function groundingIndex(
  files: readonly FileFacts[],
  linesOf: (path: string) => readonly string[],
): GroundingIndex {
  const code = files.filter((file) => file.role === 'source' || file.role === 'test');
  const symbols = new Set(code.flatMap((file) => file.symbols));
  const declared = new Set<string>();
  const numbers = new Map<string, Set<string>>();
  const paths = new Set<string>();
  for (const file of files) {
    // A reader names a file by as much of its path as tells it from others.
    for (let at = 0; at >= 0; at = file.path.indexOf('/', at + 1)) {
      paths.add(file.path.slice(at === 0 ? 0 : at + 1));
    }
  }
  for (const file of code) {
    for (const { name } of [...file.functions, ...file.classes, ...file.identifiers]) {
      declared.add(name);
    }
    for (const line of linesOf(file.path)) {
      for (const number of numbersIn(line)) addWords(numbers, number, line);
    }
  }
  const languages = new Set(files.map(({ language }) => language));
  return { symbols, declared, files: paths, numbers, languages };
}

/** Words kept for one number; a number on a hundred lines is named by none of them. */
const wordsOfNumber = 40;

function addWords(numbers: Map<string, Set<string>>, number: string, line: string): void {
  const known = numbers.get(number) ?? new Set<string>();
  numbers.set(number, known);
  if (known.size >= wordsOfNumber) return;
  const bare = line.slice(0, 200).replaceAll(/"[^"]*"|'[^']*'|\/\/.*|#.*/g, ' ');
  for (const [name] of bare.matchAll(/[A-Za-z_]\w{2,}/g)) {
    if (keywords.has(name)) continue;
    for (const word of wordsOfName(name)) if (word.length > 2) known.add(word);
  }
}

/** Words of code that stand beside any number. */
const keywords = new Set(
  'const let var int long float double static final public private return for while range export'.split(
    ' ',
  ),
);
