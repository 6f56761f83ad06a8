import type { LineRange } from '../line-range.ts';

/** Characters of a place by which its shape is told. */
const shapeCharacters = 2_000;

/** The text of some lines without names, literals, comments and layout: words of the language stay. */
export function shapeOfLines(lines: readonly string[], { startLine, endLine }: LineRange): string {
  return shapeOfText(lines.slice(startLine - 1, Math.min(endLine, startLine + 40)).join('\n'));
}

/** As `shapeOfLines`, of a text. */
export function shapeOfText(text: string): string {
  return text
    .split('\n')
    .map((line) => line.slice(0, shapeCharacters).replace(/(^|\s)(\/\/|#(?!\[)|--).*$/, ''))
    .join(' ')
    .slice(0, shapeCharacters)
    .replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, '"')
    .replaceAll(/[A-Za-z_$][\w$]*/g, (word) => (kept.has(word) ? word : 'x'))
    .replaceAll(/[\d\s{}();]+/g, '');
}

const kept = new Set(
  'if else elif unless then end try catch except rescue finally throw raise return null None nil undefined nullptr is not and or in instanceof typeof isinstance len length size empty isEmpty true false continue break next'.split(
    ' ',
  ),
);
