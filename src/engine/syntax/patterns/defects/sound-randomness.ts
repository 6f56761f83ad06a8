import { fullName } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { sourceHolds } from '../context.ts';

const soundRand = /"crypto\/rand"/;
const plainRand = /"math\/rand(\/v2)?"/;
const soundRandom = /\brandom\s*=\s*([\w.]+\.)?SystemRandom\(/;

/** `rand` is the one of `crypto/rand`, or `random` a source of the system's. */
export function isSoundSource(tree: SyntaxTree, node: number): boolean {
  const name = fullName(tree, node);
  if (tree.table.language === 'go')
    return (
      name.startsWith('rand.') && sourceHolds(tree, soundRand) && !sourceHolds(tree, plainRand)
    );
  return name.startsWith('random.') && sourceHolds(tree, soundRandom);
}
