import { callAt } from './calls.ts';
import type { TextFacts } from '../token-facts.ts';
import { nodesOf } from './nodes-where.ts';
import type { SyntaxTree } from './syntax-tree.ts';

/** Texts kept per file, and characters of one. */
const limits = { texts: 5_000, characters: 200 };

const strings = nodesOf('string');

/** What stands between quotes, apart from the names of modules. */
export function textsOf(tree: SyntaxTree): TextFacts[] {
  const found: TextFacts[] = [];
  for (const node of strings(tree)) {
    if (found.length === limits.texts) break;
    if (namesModule(tree, node)) continue;
    const text = tree.excerpt(node, limits.characters).replaceAll(/\$?\{[^}]*\}/g, ' ');
    if (/[A-Za-z]{3}/.test(text)) found.push({ line: tree.startLine(node), text });
  }
  return found;
}

function namesModule(tree: SyntaxTree, node: number): boolean {
  const parent = tree.parentOf(node);
  if (parent < 0) return false;
  if (tree.fieldName(node) === 'source' || tree.above(node, 'import') >= 0) return true;
  const call = tree.above(node, 'call');
  return call >= 0 && /^require(_relative)?$|^include$/.test(callAt(tree, call).name);
}
