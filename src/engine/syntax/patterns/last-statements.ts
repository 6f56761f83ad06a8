import { headerText } from '../headers.ts';
import type { SyntaxTree } from '../syntax-tree.ts';

/**
 * Whether nothing of the program comes after a statement: it is the last one of `main`, of a script, or of a function
 * that Go runs beside everything else. Who only tells there of a failure goes on with nothing.
 */
export function endsProgram(tree: SyntaxTree, statement: number): boolean {
  for (let at = statement, up = tree.parentOf(at); up >= 0; at = up, up = tree.parentOf(at)) {
    const kind = tree.kind(up);
    if (kind === 'function') return isMain(tree, up);
    if (kind === 'closure') return tree.excerpt(tree.parentOf(tree.parentOf(up)), 3) === 'go ';
    if (kind === 'loop' || kind === 'case' || kind === 'catch') return false;
    if (kind === 'if' && tree.fieldName(at) === 'condition') return false;
    if (!isLast(tree, at, up)) return false;
  }
  return true;
}

/** The loop of which a statement is the last one of each turn, or -1. */
export function loopThatTurns(tree: SyntaxTree, statement: number): number {
  for (let at = statement, up = tree.parentOf(at); up >= 0; at = up, up = tree.parentOf(at)) {
    const kind = tree.kind(up);
    if (kind === 'loop') return up;
    if (kind === 'function' || kind === 'closure' || kind === 'catch') return -1;
    if (!isLast(tree, at, up)) return -1;
  }
  return -1;
}

function isMain(tree: SyntaxTree, node: number): boolean {
  const name = tree.field(node, 'name', 'declarator');
  return /^(main|Main)\b/.test(name < 0 ? headerText(tree, node) : tree.excerpt(name, 8));
}

function isLast(tree: SyntaxTree, node: number, around: number): boolean {
  if (tree.kind(around) === 'if' || tree.kind(around) === 'try') return true;
  // What is only declared behind it does not run.
  const inner = tree
    .namedChildren(around)
    .filter(
      (child) => child === node || !/^(comment|class|function)$/.test(tree.kind(child) ?? ''),
    );
  return inner.at(-1) === node;
}
