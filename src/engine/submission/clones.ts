import { byCodePoint } from '../canonical-json.ts';
import type { FileFacts, FunctionAt } from '../facts.ts';
import type { LogicalLine } from '../token-facts.ts';
import type { LineRange } from '../line-range.ts';
import { countBelow, ratio, sum } from '../numbers.ts';
import { threshold, type Rubric } from '../rubric.ts';

interface ClonePart extends LineRange {
  path: string;
  /** Its first and last logical line, by their place in the list of the file. */
  first: number;
  last: number;
}

/** Two places with the same shape, largest first. */
export interface CloneGroup {
  first: ClonePart;
  second: ClonePart;
  /** Logical lines of the shorter place. */
  lines: number;
}

type LogicalLinesOf = (path: string) => readonly LogicalLine[];

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
export function cloneGroups(files: readonly FileFacts[], rubric: Rubric): CloneGroup[] {
  const linesOf = logicalLinesOf(files);
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

function logicalLinesOf(files: readonly FileFacts[]): LogicalLinesOf {
  const known = new Map(files.map(({ path, logicalLines }) => [path, logicalLines]));
  return (path) => known.get(path) ?? [];
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
  linesOf: LogicalLinesOf,
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
      .map(({ file: { path }, fn: { startLine, endLine, firstLogicalLine: first, lloc } }) => ({
        path,
        startLine,
        endLine,
        first,
        last: first + lloc - 1,
      }));
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
      first: { ...first.first, endLine: last.first.endLine, last: last.first.last },
      second: { ...first.second, endLine: last.second.endLine, last: last.second.last },
      lines: sum(parts.map(({ lines }) => lines)),
    },
  ];
}

/** Whether no code stands between two places. */
function follows(one: ClonePart, other: ClonePart): boolean {
  return other.first === one.last + 1;
}

/** Functions that stand in no other one and have fewer fingerprints than a run asks for. */
function smallFunctions(file: FileFacts, fewest: number): FunctionAt[] {
  const prints = file.fingerprints.map(({ startLine }) => startLine).sort((a, b) => a - b);
  let end = 0;
  return file.functions
    .toSorted((a, b) => a.from - b.from || b.to - a.to)
    .filter(({ from, to, startLine, endLine }) => {
      if (from < end) return false;
      end = to;
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
  const least = (of: (print: Fingerprint) => number): number => Math.min(...prints.map(of));
  const most = (of: (print: Fingerprint) => number): number => Math.max(...prints.map(of));
  return {
    path: file.path,
    startLine: least(({ startLine }) => startLine),
    endLine: most(({ endLine }) => endLine),
    first: least(({ first }) => first),
    last: most(({ last }) => last),
  };
}

/** Null where less than a share of the lines of both places stands in the other one, too: alike, but no copy. */
function measured(run: Run, linesOf: LogicalLinesOf, same: number): CloneGroup | null {
  const [one, two] = [linesIn(run.first, linesOf), linesIn(run.second, linesOf)];
  const [inOne, inTwo] = [new Set(one), new Set(two)];
  const common =
    one.filter((hash) => inTwo.has(hash)).length + two.filter((hash) => inOne.has(hash)).length;
  if (ratio(common, one.length + two.length) < same) return null;
  return { ...run, lines: Math.min(one.length, two.length) };
}

/** The logical lines of a place, each told from those of all files. */
export function keysOfLines({ path, first, last }: ClonePart): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `${path}:${first + index}`);
}

/** What the logical lines of a place hold. */
function linesIn({ path, first, last }: ClonePart, linesOf: LogicalLinesOf): number[] {
  return linesOf(path)
    .slice(first, last + 1)
    .map(({ hash }) => hash);
}
