import type { FileFacts, LineRange } from '../facts.ts';
import { countBelow } from '../numbers.ts';

/** Functions inside of one another and names of a body that are looked at: a file may hold 20,000 of either. */
const functionsKept = 200;
const namesKept = 2_000;

/** Names that the reader of some lines sees there: what they declare, call and use. */
export function namesIn(file: FileFacts, { startLine, endLine }: LineRange): ReadonlySet<string> {
  const { functions, identifiers } = sortedOf(file);
  const between = <T extends { line: number }>(list: readonly T[], lines: readonly number[]): T[] =>
    list.slice(countBelow(lines, startLine), countBelow(lines, endLine + 1));
  const inside = between(functions.list, functions.lines).slice(0, functionsKept);
  const declared = between(identifiers.list, identifiers.lines);
  return new Set(
    [...inside.flatMap(({ names }) => names), ...declared.map(({ name }) => name)].slice(
      0,
      namesKept,
    ),
  );
}

function sortedOf(file: FileFacts) {
  const known = sortedByFile.get(file) ?? {
    functions: byLine(
      file.functions.map(({ startLine, name, calls, mentions }) => ({
        line: startLine,
        names: [name, ...calls.map((call) => call.name), ...mentions],
      })),
    ),
    identifiers: byLine(file.identifiers),
  };
  sortedByFile.set(file, known);
  return known;
}

function byLine<T extends { line: number }>(items: readonly T[]) {
  const list = items.toSorted((a, b) => a.line - b.line);
  return { list, lines: list.map(({ line }) => line) };
}

const sortedByFile = new WeakMap<FileFacts, Sorted>();

interface Sorted {
  functions: ReturnType<typeof byLine<{ line: number; names: string[] }>>;
  identifiers: ReturnType<typeof byLine<FileFacts['identifiers'][number]>>;
}
