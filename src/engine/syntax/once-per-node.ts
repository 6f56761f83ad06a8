import type { SyntaxTree } from './syntax-tree.ts';

/**
 * The same question with its answers remembered by node, in the tree itself: dozens of rules ask for the name of the
 * same call.
 *
 * @param name under which the tree keeps the answers; each question has its own
 */
export function oncePerNode<Answer>(
  name: string,
  ask: (tree: SyntaxTree, node: number) => Answer,
): (tree: SyntaxTree, node: number) => Answer {
  return (tree, node) => {
    if (node < 0) return ask(tree, node);
    // oxlint-disable-next-line unicorn/no-new-array -- one that grows by holes becomes a dictionary, one filled by hand costs a pass
    const known = (tree.answers[name] ??= new Array(tree.size)) as (Answer | undefined)[];
    return (known[node] ??= ask(tree, node));
  };
}
