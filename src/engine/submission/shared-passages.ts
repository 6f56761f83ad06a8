import type { FileFacts } from '../facts.ts';
import { isOwnCode } from './sketch.ts';

/** Passages that are told; there may be more. */
const most = 100;
/** Lines between two fingerprints of one passage. */
const gap = 20;

export interface SharedPassage {
  file: string;
  start_line: number;
  end_line: number;
  other_file: string;
  other_start_line: number;
  other_end_line: number;
  /** Fingerprints that both have here. */
  fingerprints: number;
}

interface Place {
  file: string;
  startLine: number;
  endLine: number;
}

/**
 * Where two submissions have the same shape, the longest first: fingerprints of one that the other has, too, in a
 * row in both. What the candidates were given counts in neither.
 */
export function sharedPassages(
  files: readonly FileFacts[],
  others: readonly FileFacts[],
  templates: readonly FileFacts[],
): SharedPassage[] {
  const given = new Set(
    templates.flatMap(({ fingerprints }) => fingerprints.map(({ hash }) => hash)),
  );
  const there = new Map<number, Place[]>();
  for (const file of others.filter(isOwnCode)) {
    for (const { hash, ...lines } of file.fingerprints) {
      const places = there.get(hash);
      const place = { file: file.path, ...lines };
      if (places === undefined) there.set(hash, [place]);
      else places.push(place);
    }
  }
  const passages: SharedPassage[] = [];
  for (const file of files.filter(isOwnCode)) {
    let last: SharedPassage | undefined;
    for (const print of file.fingerprints.toSorted((a, b) => a.startLine - b.startLine)) {
      const places = given.has(print.hash) ? [] : (there.get(print.hash) ?? []);
      if (last !== undefined && goesOn(last, print, places)) continue;
      const [first] = places;
      if (first === undefined) continue;
      last = begun(file.path, print, first);
      passages.push(last);
    }
  }
  return passages
    .sort((a, b) => b.fingerprints - a.fingerprints || size(b) - size(a))
    .slice(0, most);
}

type Lines = Omit<Place, 'file'>;

/** @returns whether the passage goes on with this fingerprint; then it is longer */
function goesOn(passage: SharedPassage, here: Lines, places: readonly Place[]): boolean {
  if (here.startLine - passage.end_line > gap) return false;
  const next = places.find(
    ({ file, startLine }) =>
      file === passage.other_file &&
      startLine >= passage.other_start_line &&
      startLine - passage.other_end_line <= gap,
  );
  if (next === undefined) return false;
  passage.end_line = Math.max(passage.end_line, here.endLine);
  passage.other_end_line = Math.max(passage.other_end_line, next.endLine);
  passage.fingerprints += 1;
  return true;
}

function begun(file: string, print: Lines, place: Place): SharedPassage {
  return {
    file,
    start_line: print.startLine,
    end_line: print.endLine,
    other_file: place.file,
    other_start_line: place.startLine,
    other_end_line: place.endLine,
    fingerprints: 1,
  };
}

function size({ start_line, end_line }: SharedPassage): number {
  return end_line - start_line;
}
