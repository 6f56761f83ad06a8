/** Where lines are written. */
export interface LogTarget {
  /**
   * Writes lines from the first on, each with its line feed.
   *
   * @returns how many were written whole; 0 when none is taken at the moment. The rest is given again
   * @throws when lines cannot be written; the same ones are given again, later, but for those that are
   *   refused for good (`LinesRefused`)
   */
  append(lines: readonly string[]): number | Promise<number>;
  close(): Promise<void>;
}

/** The first so many lines will never be taken. */
export class LinesRefused extends Error {
  readonly code: string;
  readonly lines: number;

  constructor(code: string, lines: number) {
    super(`Log lines were refused: ${code}.`);
    this.name = 'LinesRefused';
    this.code = code;
    this.lines = lines;
  }
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
