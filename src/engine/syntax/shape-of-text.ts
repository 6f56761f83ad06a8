import type { SyntaxTree } from './syntax-tree.ts';

/** Characters of a place by which its shape is told. */
const shapeCharacters = 2_000;

/** As `shapeOfText`, of what stands from the beginning of one node to the end of another. */
export function shapeOfNodes(tree: SyntaxTree, first: number, last = first): string {
  const from = tree.start[first]!;
  return shapeOfText(
    tree.source.slice(from, Math.min(tree.stop[last]!, from + 2 * shapeCharacters)),
  );
}

/** A text without names, literals, comments and layout: words of the language stay. */
export function shapeOfText(text: string): string {
  return text
    .split('\n')
    .map((line) => line.slice(0, shapeCharacters).replace(/(^|\s)(\/\/|#(?!\[)|--).*$/, ''))
    .join(' ')
    .replaceAll(/\s+/g, ' ')
    .slice(0, shapeCharacters)
    .replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, '"')
    .replaceAll(/[A-Za-z_$][\w$]*/g, (word) => (kept.has(word) ? word : 'x'))
    .replaceAll(/,\s*(?=[)\]}])/g, '')
    .replaceAll(/[\d\s{}();]+/g, '');
}

const kept = new Set(
  'if else elif unless then end try catch except rescue finally throw raise return null None nil undefined nullptr is not and or in instanceof typeof isinstance len length size empty isEmpty true false continue break next'.split(
    ' ',
  ),
);
