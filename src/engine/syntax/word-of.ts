import type { SyntaxTree } from './syntax-tree.ts';

/** The text of a name, made once: sets and maps of five walks ask for it, and a text knows its hash from then on. */
export function wordOf(tree: SyntaxTree, node: number): string {
  return (tree.words[node] ??= tree.text(node));
}
