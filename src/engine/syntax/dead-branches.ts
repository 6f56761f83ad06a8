import { nodesOf } from './nodes-where.ts';
import type { SyntaxTree } from './syntax-tree.ts';

const branchesOf = nodesOf('if', 'elif', 'loop');
const known = new WeakMap<SyntaxTree, readonly number[]>();

/** The parts of a file that are never run, by their first nodes in source order. */
export function deadBranches(tree: SyntaxTree): readonly number[] {
  const ready = known.get(tree);
  if (ready) return ready;
  const found: number[] = [];
  for (const node of branchesOf(tree)) {
    const dead = deadBranch(tree, node);
    if (dead >= 0) found.push(dead);
  }
  known.set(tree, found);
  return found;
}

/** @returns whether a node is in one of these, which stand in source order; asked in that order */
export function within(tree: SyntaxTree, outer: ArrayLike<number>): (node: number) => boolean {
  let next = 0;
  let end = 0;
  return (node) => {
    for (; next < outer.length && outer[next]! <= node; next += 1)
      end = Math.max(end, tree.endOf(outer[next]!));
    return node < end;
  };
}

/** The part of a branch that is never run because its condition is a constant, or -1. */
export function deadBranch(tree: SyntaxTree, node: number): number {
  const kind = tree.kind(node);
  if (kind !== 'if' && kind !== 'elif' && kind !== 'loop') return -1;
  const condition = tree.field(node, 'condition');
  if (condition < 0 || !isFalse(tree, condition)) return -1;
  const then = tree.field(node, 'consequence', 'body');
  return then >= 0 ? then : (tree.namedChildren(node)[1] ?? -1);
}

/** `false`, `0`, `null`, `1 > 2`, `"a" == "b"`, `false && …`: known without running it. */
function isFalse(tree: SyntaxTree, condition: number): boolean {
  const text = tree.excerpt(condition, 120).replaceAll(/[\s()]/g, '');
  if (/^(false|False|0|null|None|nil|undefined|!1|!true|notTrue|""|'')$/.test(text)) return true;
  if (/^(false|False)(&&|and)/.test(text)) return true;
  const sides = /^(-?\d+|"[^"]*"|'[^']*')(===?|!==?|<=?|>=?)(-?\d+|"[^"]*"|'[^']*')$/.exec(text);
  return sides !== null && !holds(sides[1] ?? '', sides[2] ?? '', sides[3] ?? '');
}

function holds(left: string, operator: string, right: string): boolean {
  if (operator.startsWith('=')) return left === right;
  if (operator.startsWith('!')) return left !== right;
  const [a, b] = [Number(left), Number(right)];
  if (operator.startsWith('<')) return a < b || (operator === '<=' && a === b);
  return a > b || (operator === '>=' && a === b);
}
