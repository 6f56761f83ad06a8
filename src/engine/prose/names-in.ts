import type { FileFacts } from '../facts.ts';
import type { LineRange } from '../line-range.ts';
import { countBelow } from '../numbers.ts';

/** Functions inside of one another and names of a body that are looked at: a file may hold 20,000 of either. */
const functionsKept = 200;
const namesKept = 2_000;

/** Names that the reader of some lines sees there: what they call and use, local variables aside. */
export function namesIn(file: FileFacts, range: LineRange): ReadonlySet<string> {
  const names = functionsIn(file, range).flatMap(({ name, parameters, calls, mentions }) => [
    name,
    ...parameters,
    ...calls,
    ...mentions,
  ]);
  return new Set(names.slice(0, namesKept));
}

/** Names of what some lines call. */
export function callsIn(file: FileFacts, range: LineRange): string[] {
  return functionsIn(file, range)
    .flatMap(({ calls }) => calls)
    .slice(0, namesKept);
}

/** Fields of the class that has one of these names. */
export function fieldsOf(file: FileFacts, [name, owner]: readonly string[]): string[] {
  const { fields } = sortedOf(file);
  return [...(fields.get(name ?? '') ?? []), ...(fields.get(owner ?? '') ?? [])];
}

/** Lines between a comment and the function that it stands above, for attributes and a blank one. */
const linesAbove = 3;

/**
 * Names that the reader of a comment sees around it: those of the smallest function that it is in or stands above. One
 * that stands by itself among functions is of the file, since their order says nothing; at the head of a file it has
 * nothing beside it.
 */
export function namesAround(file: FileFacts, comment: LineRange): ReadonlySet<string> {
  const { functions } = sortedOf(file);
  const on = countBelow(functions.lines, comment.endLine + 1);
  const inside = functions.list
    .slice(Math.max(0, on - functionsKept), on)
    .findLast(({ endLine }) => comment.endLine <= endLine);
  const next = functions.list[on];
  const above = next !== undefined && next.line - comment.endLine <= linesAbove ? next : undefined;
  const fn = inside ?? above;
  if (fn) return namesIn(file, { startLine: fn.line, endLine: fn.endLine });
  return on === 0 ? new Set() : namesIn(file, { startLine: 1, endLine: file.lines });
}

/** Functions around one another that are looked at. */
const lookBack = 4;

/** Whether a word is what a function around a line or a parameter of it is called. */
export function isNameAround(file: FileFacts, word: string, line: number): boolean {
  const { list, lines } = sortedOf(file).functions;
  const until = countBelow(lines, line + 1);
  return list
    .slice(Math.max(0, until - lookBack), until)
    .some(
      ({ endLine, name, parameters }) =>
        endLine >= line && (name === word || parameters.includes(word)),
    );
}

interface FunctionNames {
  line: number;
  endLine: number;
  name: string;
  parameters: readonly string[];
  calls: readonly string[];
  mentions: readonly string[];
}

interface ByLine<T extends { line: number }> {
  list: readonly T[];
  lines: readonly number[];
}

interface Sorted {
  functions: ByLine<FunctionNames>;
  /** By class. */
  fields: ReadonlyMap<string, readonly string[]>;
}

const sortedByFile = new WeakMap<FileFacts, Sorted>();

function sortedOf(file: FileFacts): Sorted {
  const known = sortedByFile.get(file) ?? {
    functions: byLine(
      file.functions.map(({ startLine, endLine, name, parameters, calls, mentions }) => ({
        line: startLine,
        endLine,
        name,
        parameters: parameters.map((parameter) => parameter.name),
        calls: calls.map((call) => call.name),
        mentions,
      })),
    ),
    fields: new Map(file.classes.map(({ name, fields }) => [name, fields])),
  };
  sortedByFile.set(file, known);
  return known;
}

function byLine<T extends { line: number }>(items: readonly T[]): ByLine<T> {
  const list = items.toSorted((a, b) => a.line - b.line);
  return { list, lines: list.map(({ line }) => line) };
}

function functionsIn(file: FileFacts, range: LineRange): readonly FunctionNames[] {
  return between(sortedOf(file).functions, range).slice(0, functionsKept);
}

function between<T extends { line: number }>(
  { list, lines }: ByLine<T>,
  { startLine, endLine }: LineRange,
): readonly T[] {
  return list.slice(countBelow(lines, startLine), countBelow(lines, endLine + 1));
}
