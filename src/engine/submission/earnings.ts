import type { FileFacts } from '../facts.ts';
import type { LineRange } from '../line-range.ts';
import { countBelow } from '../numbers.ts';

/** What a function holds that could have earned something; asked of thousands of functions of one file. */
export function contentsOf(file: FileFacts, { startLine, endLine }: LineRange) {
  const known = earnings.get(file) ?? {
    guards: ascending(file.guards.map((guard) => guard.startLine)),
    fallible: ascending(
      file.fallible.filter(({ guard }) => guard !== 'none').map(({ line }) => line),
    ),
  };
  earnings.set(file, known);
  const between = (lines: readonly number[]): number =>
    countBelow(lines, endLine + 1) - countBelow(lines, startLine);
  return { guards: between(known.guards), fallible: between(known.fallible) };
}

const earnings = new WeakMap<FileFacts, { guards: number[]; fallible: number[] }>();

function ascending(lines: number[]): number[] {
  return lines.sort((a, b) => a - b);
}
