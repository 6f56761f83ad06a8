import { byCodePoint } from '../canonical-json.ts';
import type { FileFacts, FunctionAt } from '../facts.ts';
import type { LineRange } from '../line-range.ts';
import { countBelow, ratio, sum } from '../numbers.ts';
import { threshold, type Rubric } from '../rubric.ts';

interface ClonePart extends LineRange {
  path: string;
}

/** Two places with the same shape, largest first. */
export interface CloneGroup {
  first: ClonePart;
  second: ClonePart;
  /** Lines of code of the shorter place, without brackets, blanks and comments. */
  lines: number;
  /** Their numbers in both places. */
  code: [first: number[], second: number[]];
}

type Run = Pick<CloneGroup, 'first' | 'second'>;

interface Position {
  file: number;
  index: number;
}

/**
 * Duplicated passages inside the submission: runs of equal fingerprints along the same diagonal,
 * of which a good part is there word for word (shape alone is shared by much honest code).
 * A fingerprint seen very often is compared from one place to the next, which bounds the work.
 */
export function cloneGroups(
  files: readonly FileFacts[],
  linesOf: (path: string) => readonly string[],
  rubric: Rubric,
): CloneGroup[] {
  const same = threshold(rubric, 'clone_same_lines');
  const often = threshold(rubric, 'clone_common_occurrences');
  const fewest = threshold(rubric, 'clone_minimum_prints');
  const shortest = threshold(rubric, 'clone_minimum_lines');
  const positions = positionsByHash(files);
  const taken = new Set<string>();
  const groups: Run[] = [];
  for (const places of positions.values()) {
    for (const [order, first] of places.entries()) {
      // Of many equal places each is compared with the next only, which keeps the work linear.
      const others = places.slice(order + 1, places.length > often ? order + 2 : undefined);
      for (const second of others) {
        const group = extend(files, first, second, taken, fewest);
        if (group) groups.push(group);
      }
    }
  }
  const runs = groups
    .flatMap((group) => measured(group, linesOf, same) ?? [])
    .filter(({ lines }) => lines >= shortest);
  return [...runs, ...smallCopies(files, linesOf, rubric)].sort(
    (a, b) => b.lines - a.lines || a.second.startLine - b.second.startLine,
  );
}

function positionsByHash(files: readonly FileFacts[]): Map<number, Position[]> {
  const positions = new Map<number, Position[]>();
  for (const [file, { fingerprints }] of files.entries()) {
    for (const [index, { hash }] of fingerprints.entries()) {
      const places = positions.get(hash);
      if (places) places.push({ file, index });
      else positions.set(hash, [{ file, index }]);
    }
  }
  return positions;
}

/** Follows two equal fingerprints forward as far as they stay equal; null when seen before or too few. */
function extend(
  files: readonly FileFacts[],
  first: Position,
  second: Position,
  taken: Set<string>,
  fewest: number,
): Run | null {
  const a = files[first.file];
  const b = files[second.file];
  if (!a || !b) return null;
  const prints = runLength(a, b, first, second, taken);
  if (prints === null || prints < fewest) return null;
  return { first: span(a, first.index, prints), second: span(b, second.index, prints) };
}

/**
 * Functions of one shape that are too small for a run of fingerprints: those of a fair size, and smaller ones where
 * several of them stand in the same two files. Told by name and shape, so that their order does not matter; what
 * stands side by side in both places is one passage.
 */
function smallCopies(
  files: readonly FileFacts[],
  linesOf: (path: string) => readonly string[],
  rubric: Rubric,
): CloneGroup[] {
  const often = threshold(rubric, 'clone_common_occurrences');
  const shortest = threshold(rubric, 'clone_minimum_lines');
  const same = threshold(rubric, 'clone_same_lines');
  const shapes = Map.groupBy(
    files.flatMap((file) => smallFunctions(file, threshold(rubric, 'clone_minimum_prints'))),
    ({ fn }) => fn.shape,
  );
  const pairs = [...shapes.values()].flatMap((group) => {
    const places = group
      .sort((a, b) => byCodePoint(a.fn.qualifiedName, b.fn.qualifiedName))
      .map(({ file: { path }, fn: { startLine, endLine } }) => ({ path, startLine, endLine }));
    return places.flatMap((one, order) =>
      places
        .slice(order + 1, places.length > often ? order + 2 : undefined)
        .flatMap((other) => measured(inOrder(one, other), linesOf, same) ?? []),
    );
  });
  const between = Map.groupBy(pairs, ({ first, second }) => `${first.path}\0${second.path}`);
  return [...between.values()].flatMap((list) => {
    const many = list.length > 2 && sum(list.map(({ lines }) => lines)) >= 2 * shortest;
    return joined(many ? list : list.filter(({ lines }) => lines >= shortest));
  });
}

function inOrder(one: ClonePart, other: ClonePart): Run {
  const isFirst =
    one.path === other.path
      ? one.startLine <= other.startLine
      : byCodePoint(one.path, other.path) < 0;
  return isFirst ? { first: one, second: other } : { first: other, second: one };
}

/** Lines between two functions that stand side by side. */
const gap = 2;

function joined(groups: readonly CloneGroup[]): CloneGroup[] {
  const passages: CloneGroup[][] = [];
  for (const next of groups.toSorted((a, b) => a.first.startLine - b.first.startLine)) {
    const passage = passages.at(-1);
    const last = passage?.at(-1);
    if (passage && last && follows(last.first, next.first) && follows(last.second, next.second))
      passage.push(next);
    else passages.push([next]);
  }
  return passages.flatMap(asOne);
}

/** One passage of those that follow one another. */
function asOne(parts: readonly CloneGroup[]): CloneGroup[] {
  const [first] = parts;
  const last = parts.at(-1);
  if (!first || !last || parts.length === 1) return [...parts];
  return [
    {
      first: { ...first.first, endLine: last.first.endLine },
      second: { ...first.second, endLine: last.second.endLine },
      lines: sum(parts.map(({ lines }) => lines)),
      code: [parts.flatMap(({ code }) => code[0]), parts.flatMap(({ code }) => code[1])],
    },
  ];
}

function follows(one: LineRange, other: LineRange): boolean {
  return other.startLine > one.endLine && other.startLine - one.endLine <= gap;
}

/** Functions that stand in no other one and have fewer fingerprints than a run asks for. */
function smallFunctions(file: FileFacts, fewest: number): FunctionAt[] {
  const prints = file.fingerprints.map(({ startLine }) => startLine).sort((a, b) => a - b);
  let end = 0;
  return file.functions
    .toSorted((a, b) => a.startLine - b.startLine || b.endLine - a.endLine)
    .filter(({ startLine, endLine }) => {
      if (startLine <= end) return false;
      end = endLine;
      return countBelow(prints, endLine + 1) - countBelow(prints, startLine) < fewest;
    })
    .map((fn) => ({ file, fn }));
}

/** How many fingerprints in a row are equal; null when the run was followed before. It ends with its function. */
function runLength(
  a: FileFacts,
  b: FileFacts,
  first: Position,
  second: Position,
  taken: Set<string>,
): number | null {
  // Overlap with itself is repetition (`x = 1` ten times), not a copy.
  const limit = a === b ? (b.fingerprints[second.index]?.startLine ?? 0) : Infinity;
  const [unitOfA, unitOfB] = [
    a.fingerprints[first.index]?.unit,
    b.fingerprints[second.index]?.unit,
  ];
  let prints = 0;
  for (;;) {
    const left = within(a.fingerprints[first.index + prints], unitOfA);
    const right = within(b.fingerprints[second.index + prints], unitOfB);
    if (!continues(left, right, limit)) return prints;
    const key = `${first.file}:${first.index + prints}:${second.file}:${second.index + prints}`;
    if (taken.has(key)) return null;
    taken.add(key);
    prints += 1;
  }
}

type Fingerprint = FileFacts['fingerprints'][number];

function within(print: Fingerprint | undefined, unit: number | undefined): Fingerprint | undefined {
  return print?.unit === unit ? print : undefined;
}

function continues(
  left: Fingerprint | undefined,
  right: Fingerprint | undefined,
  limit: number,
): boolean {
  return left !== undefined && left.hash === right?.hash && left.endLine < limit;
}

function span(file: FileFacts, from: number, length: number): ClonePart {
  const prints = file.fingerprints.slice(from, from + length);
  let startLine = prints[0]?.startLine ?? 1;
  let endLine = startLine;
  for (const print of prints) {
    startLine = Math.min(startLine, print.startLine);
    endLine = Math.max(endLine, print.endLine);
  }
  return { path: file.path, startLine, endLine };
}

/** Null where less than a share of the lines of both places stands in the other one, too: alike, but no copy. */
function measured(
  run: Run,
  linesOf: (path: string) => readonly string[],
  same: number,
): CloneGroup | null {
  const [one, two] = [codeOf(run.first, linesOf), codeOf(run.second, linesOf)];
  const inOne = new Set(one.map(({ text }) => text));
  const inTwo = new Set(two.map(({ text }) => text));
  const common =
    one.filter(({ text }) => inTwo.has(text)).length +
    two.filter(({ text }) => inOne.has(text)).length;
  if (ratio(common, one.length + two.length) < same) return null;
  const numbers = (list: { line: number }[]): number[] => list.map(({ line }) => line);
  return { ...run, lines: Math.min(one.length, two.length), code: [numbers(one), numbers(two)] };
}

/** Lines that hold more than brackets and comments, without their layout. */
function codeOf(
  { path, startLine, endLine }: ClonePart,
  linesOf: (path: string) => readonly string[],
): { line: number; text: string }[] {
  return linesOf(path)
    .slice(startLine - 1, endLine)
    .map((text, index) => ({
      line: startLine + index,
      text: text.replace(/^\s*(\/\/|#(?!\[)|\*|\/\*).*$/, '').replaceAll(/[\s{}]+/g, ''),
    }))
    .filter(({ text }) => /\w/.test(text));
}
