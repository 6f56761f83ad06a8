/** Counts what a submission is given by an archive, within what one submission may have. */
import type { Contents, LeftOut, LeftOutReason } from './file.ts';
import { languageOf } from './file-names.ts';

/** As of a submission's `files`. */
export const MAX_FILES = 2000;
/** Told by name; all are counted. */
export const MOST_LEFT_OUT = 200;

export interface ContentsCount {
  room: (size: number) => LeftOutReason | null;
  add: (path: string, size: number) => void;
  leaveOut: (path: string, reason: LeftOutReason) => void;
  result: () => Contents;
}

/** @param maxBytes of all files of a submission */
export function createContents(maxBytes: number): ContentsCount {
  const entries: Contents['entries'] = [];
  const left: LeftOut[] = [];
  let count = 0;
  let bytes = 0;
  return {
    room(size) {
      if (entries.length >= MAX_FILES) return 'too_many_files';
      return bytes + size > maxBytes ? 'too_large' : null;
    },
    add(path, size) {
      entries.push({ path, size });
      bytes += size;
    },
    leaveOut(path, reason) {
      count += 1;
      if (left.length < MOST_LEFT_OUT) left.push({ path, reason });
    },
    result: () => ({ entries, left_out: left, left_out_count: count }),
  };
}

/** Languages, by name, in order of the alphabet. */
export function tagsOf(paths: readonly string[]): string[] {
  const languages = paths.map(languageOf).filter((language) => language !== null);
  return [...new Set(languages)].toSorted();
}
