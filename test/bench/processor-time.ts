import { readFileSync } from 'node:fs';

/** Of one tick of the scheduler's account, by Linux (`getconf CLK_TCK`). */
const TICK_MS = 10;

function statOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in brackets before may hold anything.
  return text
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number);
}

const summed = (fields: readonly number[], from: number, to: number) =>
  TICK_MS * fields.slice(from, to).reduce((sum, ticks) => sum + ticks, 0);

/** Milliseconds of processor time of a process, all its threads together. */
export function processorMs(pid: number): number {
  return summed(statOf(pid), 11, 13);
}

/** The same with children that have ended, and the process that started it. */
export function processorMsOfFamily(pid: number): { ms: number; parent: number } {
  const fields = statOf(pid);
  return { ms: summed(fields, 11, 15), parent: fields[1] ?? 0 };
}
