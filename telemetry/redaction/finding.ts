/** What the finders of secrets share: each reports parts of the text, none changes it. */
import { readings } from './percent-encoding.ts';

/** In place of a secret. */
export const REDACTED = '[redacted]';

/** Reports the part from `start` up to `end`; `instead` is what is written in its place. */
export type Hide = (start: number, end: number, instead?: string) => void;

/**
 * Reads the text in time linear in its length. `endsAt` tells whether what an earlier finder reported
 * ends at a position.
 */
export type Finder = (text: string, hide: Hide, endsAt: (at: number) => boolean) => void;

interface Finding {
  start: number;
  end: number;
  instead: string;
}

/**
 * The text without what the finders report, be it percent-encoded or not; parts that overlap are hidden
 * as one.
 *
 * @param keep parts that stay as they are
 */
export function hideFindings(
  text: string,
  finders: readonly Finder[],
  keep: (text: string) => readonly Pick<Finding, 'start' | 'end'>[],
): string {
  const findings: Finding[] = [];
  const kept: Pick<Finding, 'start' | 'end'>[] = [];
  for (const { plain, placeOf } of readings(text)) {
    const found = findAll(plain, finders);
    for (const part of found) findings.push(placed(part, placeOf));
    if (findings.length > 0) kept.push(...keep(plain).map((part) => placed(part, placeOf)));
  }
  const hidden = findings.filter(
    ({ start, end }) => !kept.some((part) => start >= part.start && end <= part.end),
  );
  return hidden.length === 0 ? text : withoutFindings(text, hidden);
}

/** Where the part of a reading stands in the original. */
function placed<T extends { start: number; end: number }>(
  part: T,
  placeOf: (at: number) => number,
) {
  return { ...part, start: placeOf(part.start), end: placeOf(part.end) };
}

function findAll(text: string, finders: readonly Finder[]): Finding[] {
  const findings: Finding[] = [];
  const ends = new Set<number>();
  const hide: Hide = (start, end, instead = REDACTED) => {
    if (end <= start) return;
    findings.push({ start, end, instead });
    ends.add(end);
  };
  for (const find of finders) find(text, hide, (at) => ends.has(at));
  return findings;
}

function withoutFindings(text: string, findings: Finding[]): string {
  findings.sort((a, b) => a.start - b.start || b.end - a.end);
  let clean = '';
  let done = 0;
  for (const { start, end, instead } of findings) {
    if (start >= done) clean += text.slice(done, start) + instead;
    done = Math.max(done, end);
  }
  return clean + text.slice(done);
}

/** The end of what the sticky expression matches at a position; the position itself if nothing. */
export function endOf(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at;
  return at + (sticky.exec(text)?.[0].length ?? 0);
}

/** The end of as many matches of the sticky expression as follow each other. */
export function endOfAll(sticky: RegExp, text: string, at: number): number {
  let end = at;
  for (let next = endOf(sticky, text, end); next > end; next = endOf(sticky, text, end)) end = next;
  return end;
}

/** Whether the sticky expression matches at a position. */
export function matchesAt(sticky: RegExp, text: string, at: number): boolean {
  sticky.lastIndex = at;
  return sticky.test(text);
}

/**
 * Whether a value is more likely made by a machine than a word: letters and digits, or a mix of cases
 * that no name has. Names of signals (`SIGUSR1`) are none.
 */
export function looksOpaque(value: string): boolean {
  if (!/^[\w.~+/=%:$|-]{6,}$/.test(value) || /^SIG[A-Z]+\d*$/.test(value)) return false;
  return /\d/.test(value) && /[A-Za-z]/.test(value);
}
