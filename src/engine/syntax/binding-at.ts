import type { SyntaxTree } from './syntax-tree.ts';

/** What is bound to what, or null for a declaration without a value. */
export function bindingAt(
  tree: SyntaxTree,
  node: number,
): { target: number; value: number } | null {
  const target = tree.field(node, 'left', 'name', 'pattern', 'declarator');
  const field = tree.field(node, 'right', 'value');
  const value = field >= 0 ? field : (tree.namedChildren(node).at(-1) ?? -1);
  return target < 0 || value < 0 || value === target ? null : { target, value };
}
