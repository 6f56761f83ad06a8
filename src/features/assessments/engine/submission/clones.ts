import type { FileFacts, LineRange } from '../facts.ts';
import { threshold, type Rubric } from '../rubric.ts';

export interface ClonePart extends LineRange {
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
 * Duplicated passages inside the submission: runs of equal fingerprints along the same diagonal.
 * A fingerprint seen very often (a brace pattern, a table row) starts no run, which also bounds the
 * work.
 */
export function cloneGroups(files: readonly FileFacts[], rubric: Rubric): CloneGroup[] {
  const often = threshold(rubric, 'clone_common_occurrences');
  const fewest = threshold(rubric, 'clone_minimum_prints');
  const shortest = threshold(rubric, 'clone_minimum_lines');
  const positions = positionsByHash(files);
  const taken = new Set<string>();
  const groups: CloneGroup[] = [];
  for (const places of positions.values()) {
    if (places.length < 2 || places.length > often) continue;
    for (const [order, first] of places.entries()) {
      for (const second of places.slice(order + 1)) {
        const group = extend(files, first, second, taken);
        if (group && group.lines >= shortest && group.prints >= fewest) groups.push(group);
      }
    }
  }
  return groups.sort((a, b) => b.lines - a.lines || a.second.startLine - b.second.startLine);
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
  let length = 0;
  for (;;) {
    const left = a.fingerprints[first.index + length];
    const right = b.fingerprints[second.index + length];
    if (!left || left.hash !== right?.hash) break;
    // Overlap with itself: `x = 1` repeated, not a copy.
    if (a === b && left.endLine >= (b.fingerprints[second.index]?.startLine ?? 0)) break;
    const key = `${first.file}:${first.index + length}:${second.file}:${second.index + length}`;
    if (taken.has(key)) return null;
    taken.add(key);
    length += 1;
  }
  if (length === 0) return null;
  const one = span(a, first.index, length);
  const two = span(b, second.index, length);
  return { first: one, second: two, lines: two.endLine - two.startLine + 1, prints: length };
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
