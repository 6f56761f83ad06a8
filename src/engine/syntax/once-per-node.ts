import type { SyntaxTree } from './syntax-tree.ts';

/**
 * The same question with its answers remembered by node, in the tree itself: dozens of rules ask for the name of the
 * same call.
 */
export function oncePerNode<Answer>(
  ask: (tree: SyntaxTree, node: number) => Answer,
): (tree: SyntaxTree, node: number) => Answer {
  const question = questions;
  questions += 1;
  return (tree, node) => {
    if (node < 0) return ask(tree, node);
    // oxlint-disable-next-line unicorn/no-new-array -- one that grows by holes becomes a dictionary, one filled by hand costs a pass
    const known = (tree.answers[question] ??= new Array(tree.size)) as (Answer | undefined)[];
    return (known[node] ??= ask(tree, node));
  };
}

/** Questions asked so far: each has a number, by which a tree keeps its answers. */
let questions = 0;
