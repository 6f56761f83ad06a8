import type { SyntaxTree } from '../../syntax-tree.ts';
import { conditionOf } from './shapes.ts';

/** Branches of an `if` in order: bodies of all, conditions of all that have one. */
export function branchesOf(
  tree: SyntaxTree,
  node: number,
): { conditions: number[]; bodies: number[] } {
  const conditions: number[] = [];
  const bodies: number[] = [];
  let at = node;
  for (let depth = 0; at >= 0 && depth < 100; depth += 1) {
    const condition = conditionOf(tree, at);
    if (condition >= 0) conditions.push(condition);
    const body = condition >= 0 ? tree.field(at, 'consequence') : elseBody(tree, at);
    if (body >= 0) bodies.push(body);
    const clauses = tree.children(at).filter((child) => tree.kind(child) === 'elif');
    for (const clause of clauses) {
      const own = conditionOf(tree, clause);
      if (own >= 0) conditions.push(own);
      const then = tree.field(clause, 'consequence', 'body');
      if (then >= 0) bodies.push(then);
    }
    at = nextBranch(tree, at, clauses.at(-1) ?? -1);
  }
  return { conditions, bodies };
}

function nextBranch(tree: SyntaxTree, node: number, lastClause: number): number {
  const children = tree.children(node);
  const alternative =
    children.find(
      (child) => tree.fieldName(child) === 'alternative' && tree.kind(child) !== 'elif',
    ) ??
    children.find((child) => tree.kind(child) === 'else') ??
    (lastClause < 0 ? -1 : tree.field(lastClause, 'alternative'));
  if (alternative < 0) return -1;
  if (tree.kind(alternative) === 'else') {
    const inner = tree.namedChildren(alternative);
    const [only] = inner;
    return inner.length === 1 && only !== undefined && tree.kind(only) === 'if'
      ? only
      : alternative;
  }
  return alternative;
}

function elseBody(tree: SyntaxTree, node: number): number {
  if (tree.kind(node) === 'if') return -1;
  if (tree.kind(node) !== 'else') return node;
  const inner = tree.namedChildren(node);
  // Ruby has no block around the statements of an `else`.
  return tree.table.language === 'ruby' && inner.length > 1 ? node : (inner.at(-1) ?? -1);
}

/** No `else if`, and not the whole of an `else`. */
export function isFirstIf(tree: SyntaxTree, node: number): boolean {
  const parent = tree.parentOf(node);
  return (
    !/modifier/.test(tree.type(node)) &&
    parent >= 0 &&
    tree.fieldName(node) !== 'alternative' &&
    !(
      tree.kind(parent) === 'else' &&
      tree.kind(tree.parentOf(parent)) === 'if' &&
      tree.namedChildren(parent).length === 1
    )
  );
}
