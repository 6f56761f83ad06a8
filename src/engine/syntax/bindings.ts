import type { SyntaxTree } from './syntax-tree.ts';

/** What a node binds something to: a name, a pattern, a member; -1 for none. */
export function bindingTarget(tree: SyntaxTree, node: number): number {
  return tree.field(node, 'left', 'name', 'pattern', 'declarator');
}

/** What a node binds, or else its last part; -1 for none. */
export function boundValue(tree: SyntaxTree, node: number): number {
  const value = tree.field(node, 'right', 'value');
  return value >= 0 ? value : (tree.namedChildren(node).at(-1) ?? -1);
}

/** What is bound to what, or null for a declaration without a value. */
export function bindingAt(
  tree: SyntaxTree,
  node: number,
): { target: number; value: number } | null {
  const target = bindingTarget(tree, node);
  const value = boundValue(tree, node);
  return target < 0 || value < 0 || value === target ? null : { target, value };
}

/** `Size = Size` in `new Options { … }` of C# gives a field of the new object what is called so outside. */
export function givesField(tree: SyntaxTree, node: number): boolean {
  return tree.type(tree.parentOf(node)).includes('initializer');
}
