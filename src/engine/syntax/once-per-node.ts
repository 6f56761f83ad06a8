import type { SyntaxTree } from './syntax-tree.ts';

/**
 * The same question with its answers remembered by node, in the tree itself: dozens of rules ask for the name of the
 * same call.
 */
export function oncePerNode<Answer>(
  ask: (tree: SyntaxTree, node: number) => Answer,
): (tree: SyntaxTree, node: number) => Answer {
  return (tree, node) => {
    if (node < 0) return ask(tree, node);
    let known = tree.answers.get(ask) as (Answer | undefined)[] | undefined;
    // oxlint-disable-next-line unicorn/no-new-array -- one that grows by holes becomes a dictionary, one filled by hand costs a pass
    if (known === undefined) tree.answers.set(ask, (known = new Array<Answer>(tree.size)));
    return (known[node] ??= ask(tree, node));
  };
}
