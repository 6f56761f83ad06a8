import type { Kind } from './languages/language-table.ts';
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
    const parent = tree.parentOf(node);
    nearest[node] = statements[node] === 1 ? node : parent < 0 ? -1 : (nearest[parent] ?? -1);
    const owner = nearest[node] ?? -1;
    const kind = tree.kind(node);
    if (owner >= 0 && (units.of[node] ?? -1) < 0 && kind !== undefined && acts.has(kind))
      active.add(owner);
  }
  return new Set([...active].map((node) => withoutLiterals(tree.excerpt(node, compared)))).size;
}

function withoutLiterals(text: string): string {
  return text.replaceAll(/"[^"\n]*"|'[^'\n]*'|`[^`\n]*`|\d+/g, '0');
}

const acts = new Set<Kind>([
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
