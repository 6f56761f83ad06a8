import type { Kind } from './languages/language-table.ts';
import { oncePerType } from './once-per-type.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import type { Units } from './units.ts';

/** Characters by which two statements are told apart. */
const compared = 200;

/**
 * Statements of a script (outside of functions) that do something: with a call, a branch or a loop in
 * them, each once whatever its literals. Fifty times `print("…")` shows nothing of a person.
 */
export function scriptStatementsOf(tree: SyntaxTree, units: Units, statements: Uint8Array): number {
  const nearest = new Int32Array(tree.size).fill(-1);
  const active = new Set<number>();
  for (let node = 0; node < tree.size; node += 1) {
    if (units.of[node]! >= 0) continue;
    const parent = tree.parentOf(node);
    const owner = statements[node] === 1 ? node : parent < 0 ? -1 : nearest[parent]!;
    nearest[node] = owner;
    if (owner >= 0 && isAct(tree, node)) active.add(owner);
  }
  return new Set([...active].map((node) => withoutLiterals(tree.excerpt(node, compared)))).size;
}

function withoutLiterals(text: string): string {
  return text.replaceAll(/"[^"\n]*"|'[^'\n]*'|`[^`\n]*`|\d+/g, '0');
}

const isAct = oncePerType((tree, node) => acts.has(tree.kind(node)));

const acts = new Set<Kind | undefined>([
  'call',
  'new',
  'if',
  'elif',
  'loop',
  'switch',
  'try',
  'ternary',
  'binary',
  'augmented',
  'comprehension',
  'index',
]);
