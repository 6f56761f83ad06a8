import type { SyntaxTree } from './syntax-tree.ts';

/**
 * The same question with its answers remembered by node, as long as one tree is asked about: a thread reads one file
 * after the other, and dozens of rules ask for the name of the same call.
 */
export function oncePerNode<Answer>(
  ask: (tree: SyntaxTree, node: number) => Answer,
): (tree: SyntaxTree, node: number) => Answer {
  let last: SyntaxTree | null = null;
  let answers = new Map<number, Answer>();
  return (tree, node) => {
    if (tree !== last) {
      last = tree;
      answers = new Map();
    }
    const known = answers.get(node);
    if (known !== undefined) return known;
    const answer = ask(tree, node);
    answers.set(node, answer);
    return answer;
  };
}
