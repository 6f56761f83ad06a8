import { tokenHash } from '../token-hash.ts';
import type { SyntaxTree } from '../syntax-tree.ts';

/**
 * What surrounds a test and is no test itself, as a hash of its tokens: fields, constructors and set-up of the class or
 * the blocks it stands in. Two tests that read the same under different set-ups are two tests. The blocks around a test
 * are looked at once each, however many tests they hold.
 *
 * @param cases first node of each test case
 * @returns asked with the first node of a case; empty where nothing surrounds it
 */
export function hashesAround(tree: SyntaxTree, cases: readonly number[]): (node: number) => string {
  const holds = new Uint8Array(tree.size);
  for (const node of cases)
    for (let up = node; up >= 0 && holds[up] === 0; up = tree.parentOf(up)) holds[up] = 1;
  const known = new Map<number, string>();
  const hashOf = (block: number): string => {
    const others = tree.namedChildren(block).filter((child) => holds[child] === 0);
    return others.length === 0 ? '' : tokenHash(tree, others);
  };
  return (node) => {
    const found: string[] = [];
    for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
      if (!isBlock(tree, up)) continue;
      const hash = known.get(up) ?? hashOf(up);
      known.set(up, hash);
      found.push(hash);
    }
    return found.join('');
  };
}

/** The body of a class, or of a closure that is given to `describe`. */
function isBlock(tree: SyntaxTree, node: number): boolean {
  const kind = tree.kind(tree.parentOf(node));
  return tree.fieldName(node) === 'body' && (kind === 'class' || kind === 'closure');
}
