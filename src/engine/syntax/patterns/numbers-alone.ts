import { escaped } from './escaped.ts';
import type { SyntaxTree } from '../syntax-tree.ts';

/** Names that only make numbers. */
const numeric = /^(Math|Number|parseInt|parseFloat|Date|performance)$/;
const members =
  /\.(floor|round|ceil|trunc|abs|max|min|pow|sqrt|random|length|size|toFixed|now|PI)\b/g;

/** Whether all that a text of a script is put together from are numbers, which hold no markup: `"Score: " + points`. */
export function isOfNumbers(tree: SyntaxTree, node: number): boolean {
  const text = tree
    .excerpt(node, 400)
    .replaceAll(/"[^"\n]*"|'[^'\n]*'/g, '')
    .replaceAll(/`([^`]*)`/g, (_, inner: string) => (inner.match(/\$\{[^}]*\}/g) ?? []).join(' '))
    .replaceAll(members, '');
  if (/\.\s*[A-Za-z_$]/.test(text)) return false;
  const names = new Set(text.match(/[A-Za-z_$][\w$]*/g));
  return [...names].every((name) => numeric.test(name) || isNumber(tree, name));
}

/** Declared as a number, and never given anything else. */
function isNumber({ source }: SyntaxTree, name: string): boolean {
  const quoted = escaped(name);
  const declared = new RegExp(
    `\\b(?:var|let|const)\\s+${quoted}\\s*=\\s*-?\\d[\\d.]*\\s*(?:[;,}]|$)`,
    'm',
  );
  const other = new RegExp(
    `(?<![\\w$.])${quoted}\\s*[-+*/]?=(?!=)(?!\\s*-?\\d[\\d.]*\\s*(?:[;,}]|$))`,
    'm',
  );
  return declared.test(source) && !other.test(source);
}
