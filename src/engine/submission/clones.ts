import type { FileFacts, LineRange } from '../facts.ts';
import { ratio } from '../numbers.ts';
import { threshold, type Rubric } from '../rubric.ts';

interface ClonePart extends LineRange {
  path: string;
}

/** Two places with the same shape, largest first. */
export interface CloneGroup {
  first: ClonePart;
  second: ClonePart;
  /** Lines of the second place: what is there once too often. */
  lines: number;
  /** Fingerprints in a row that are equal. */
  prints: number;
}

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
  const groups: CloneGroup[] = [];
  for (const places of positions.values()) {
    for (const [order, first] of places.entries()) {
      // Of many equal places each is compared with the next only, which keeps the work linear.
      const others = places.slice(order + 1, places.length > often ? order + 2 : undefined);
      for (const second of others) {
        const group = extend(files, first, second, taken);
        if (group && group.lines >= shortest && group.prints >= fewest) groups.push(group);
      }
    }
  }
  return groups
    .filter((group) => sameLines(group, linesOf) >= same)
    .sort((a, b) => b.lines - a.lines || a.second.startLine - b.second.startLine);
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

/** Follows two equal fingerprints forward as far as they stay equal; null when seen before. */
function extend(
  files: readonly FileFacts[],
  first: Position,
  second: Position,
  taken: Set<string>,
): CloneGroup | null {
  const a = files[first.file];
  const b = files[second.file];
  if (!a || !b) return null;
  // Overlap with itself is repetition (`x = 1` ten times), not a copy.
  const limit = a === b ? (b.fingerprints[second.index]?.startLine ?? 0) : Infinity;
  let prints = 0;
  while (
    continues(a.fingerprints[first.index + prints], b.fingerprints[second.index + prints], limit)
  ) {
    const key = `${first.file}:${first.index + prints}:${second.file}:${second.index + prints}`;
    if (taken.has(key)) return null;
    taken.add(key);
    prints += 1;
  }
  if (prints === 0) return null;
  const two = span(b, second.index, prints);
  const lines = two.endLine - two.startLine + 1;
  return { first: span(a, first.index, prints), second: two, lines, prints };
}

type Fingerprint = FileFacts['fingerprints'][number];

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

/** Share of the second place's lines that the first has too, layout and braces aside. */
function sameLines(
  { first, second }: CloneGroup,
  linesOf: (path: string) => readonly string[],
): number {
  const bare = ({ path, startLine, endLine }: ClonePart): string[] =>
    linesOf(path)
      .slice(startLine - 1, endLine)
      .map((line) => line.replaceAll(/\s+/g, ''))
      .filter((line) => /\w/.test(line));
  const there = new Set(bare(first));
  const lines = bare(second);
  return ratio(lines.filter((line) => there.has(line)).length, lines.length);
}
