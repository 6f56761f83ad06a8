/** When a process that ended by itself is started again. */

/** Ends are counted together for so many milliseconds. */
const WINDOW_MS = 120_000;
/** With one more within that time something is wrong that a restart does not mend. */
const MOST_ENDS = 10;
const FIRST_MS = 100;
const LONGEST_MS = 5000;

/**
 * @param ends when processes ended, this one included, in milliseconds of the same clock as `now`
 * @returns milliseconds to wait; null: give up
 */
export function restartDelay(ends: readonly number[], now: number): number | null {
  const count = recentEnds(ends, now).length;
  return count > MOST_ENDS ? null : Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, count - 1));
}

/** Those that still count. */
export function recentEnds(ends: readonly number[], now: number): number[] {
  return ends.filter((end) => now - end < WINDOW_MS);
}
