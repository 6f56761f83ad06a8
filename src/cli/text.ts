/** Texts for a terminal of some width. What others wrote is shown without what a terminal would obey. */

export function clean(text: string): string {
  return text.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}

/** @param text of RFC 3339, as the service has its times */
export const shownTime = (text: string) => `${text.slice(0, 10)} ${text.slice(11, 16)}`;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** In places of a terminal, but for letters that take two. */
export function lengthOf(text: string): number {
  return Iterator.from(graphemes.segment(text)).reduce((sum) => sum + 1, 0);
}

/** @returns lines, each after the first with `indent` before it */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of clean(text).split(/ +/)) {
    if (line !== '' && lengthOf(line) + 1 + lengthOf(word) > width) {
      lines.push(line);
      line = indent + word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

export interface Column {
  title: string;
  /** Numbers stand to the right. */
  right?: true;
}

const GAP = '  ';
/** Below this the last column says nothing. */
const LEAST_LAST = 12;

/** A line a row; the last column takes what is left of the width, and goes on below where it must. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map(clean))];
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => lengthOf(row[at] ?? ''))));
  const before = widths.slice(0, -1).reduce((sum, one) => sum + one + GAP.length, 0);
  const last = Math.max(LEAST_LAST, width - before);
  const lines = cells.flatMap((row) => {
    const parts = columns.slice(0, -1).map(({ right }, at) => {
      const cell = row[at] ?? '';
      const blank = ' '.repeat((widths[at] ?? 0) - lengthOf(cell));
      return right ? blank + cell : cell + blank;
    });
    const [first = '', ...more] = alignLast(row.at(columns.length - 1) ?? '', columns, {
      width: last,
      longest: widths.at(-1) ?? 0,
    });
    const start = [...parts, first].join(GAP).trimEnd();
    return [start, ...more.map((line) => ' '.repeat(before) + line)];
  });
  return `${lines.join('\n')}\n`;
}

function alignLast(
  cell: string,
  columns: readonly Column[],
  { width, longest }: { width: number; longest: number },
): string[] {
  if (columns.at(-1)?.right) return [' '.repeat(longest - lengthOf(cell)) + cell];
  return wrap(cell, width);
}
