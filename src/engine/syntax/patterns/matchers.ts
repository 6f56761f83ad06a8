import { argumentNodes, callAt } from '../calls.ts';
import type { SyntaxTree } from '../syntax-tree.ts';

/** Assertions that two things are one. */
export const identities = /same|^toBe$|identical|^is$|ReferenceEquals|equal\?/i;

/** `.toBe(3)`, `.not.toThrow()`, `.to eq(3)` after an `expect(…)`. */
export function matcherOf(
  tree: SyntaxTree,
  node: number,
): { names: string[]; arguments: number[] } {
  const names: string[] = [];
  const found: number[] = [];
  let below = node;
  let at = tree.parentOf(node);
  for (let step = 0; at >= 0 && step < 12; step += 1) {
    const kind = tree.kind(at);
    if (kind === 'member')
      names.push(tree.excerpt(tree.field(at, 'property', 'field', 'name'), 40));
    else if (kind === 'call' && !isArgument(tree, below)) {
      names.push(callAt(tree, at).name);
      found.push(...argumentNodes(tree, at));
    } else break;
    below = at;
    at = tree.parentOf(at);
  }
  return { names: [...names, ...innerNames(tree, found)], arguments: found };
}

/** Stands in the brackets of a call. */
export function isArgument(tree: SyntaxTree, node: number): boolean {
  return (
    tree.fieldName(node) === 'arguments' ||
    /^argument|arguments$/.test(tree.type(tree.parentOf(node)))
  );
}

/** Names of calls and of plain names among nodes. */
export function innerNames(tree: SyntaxTree, nodes: readonly number[]): string[] {
  return nodes.flatMap((node) => {
    const kind = tree.kind(node);
    if (kind === 'call') return [callAt(tree, node).name];
    return kind === 'identifier' ? [tree.text(node)] : [];
  });
}
