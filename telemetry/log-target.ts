/** Where lines are written. */
export interface LogTarget {
  /**
   * Writes lines from the first on, each with its line feed.
   *
   * @returns how many were written whole; 0 when none is taken at the moment. The rest is given again
   * @throws when lines cannot be written; the same ones are given again, later
   */
  append(lines: readonly string[]): number | Promise<number>;
  close(): Promise<void>;
}

/** The text of at least one line, and of those that follow while they fit. */
export function fitting(lines: readonly string[], maxBytes: number) {
  let bytes = 0;
  let count = 0;
  while (count < lines.length) {
    const length = Buffer.byteLength(lines[count] ?? '');
    if (count > 0 && bytes + length > maxBytes) break;
    bytes += length;
    count++;
  }
  return { text: lines.slice(0, count).join(''), count, bytes };
}
