import type { SyntaxTree } from './syntax-tree.ts';

/**
 * A question whose answer depends on nothing but a node's type and the table of its language: it is remembered for all
 * files, since a grammar has some hundred types and a file some ten thousand nodes.
 */
export function oncePerType<Answer extends {}>(
  ask: (tree: SyntaxTree, node: number) => Answer,
): (tree: SyntaxTree, node: number) => Answer {
  const byGrammar = new WeakMap<object, (Answer | undefined)[]>();
  let grammar: object | null = null;
  let answers: (Answer | undefined)[] = [];
  return (tree, node) => {
    if (tree.grammar !== grammar) {
      grammar = tree.grammar;
      answers = byGrammar.get(grammar) ?? [];
      byGrammar.set(grammar, answers);
    }
    const type = tree.typeNumber(node);
    return (answers[type] ??= ask(tree, node));
  };
}
