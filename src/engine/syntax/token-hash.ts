import type { SyntaxTree } from './syntax-tree.ts';

/** Characters of a token that are read. */
const longest = 100;

/** Offset basis and prime of FNV-1a for 32 bits. */
export const hashStart = 0x811c9dc5;
const prime = 0x01000193;

/** Goes on with an FNV-1a hash, begun with `hashStart`, over a part of a text. */
export function hashText(hash: number, text: string, from = 0, to = text.length): number {
  let mixed = hash;
  for (let at = from; at < to; at += 1) mixed = Math.imul(mixed ^ text.charCodeAt(at), prime);
  return mixed;
}

/** Goes on with a hash over a leaf, by its first characters. */
export function hashToken(hash: number, tree: SyntaxTree, leaf: number): number {
  const start = tree.start[leaf]!;
  return hashText(hash, tree.source, start, Math.min(tree.stop[leaf]!, start + longest));
}

/** 32 bits in hexadecimal digits. */
export function digits(hash: number): string {
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** A hash of all tokens of some nodes, without comments: no layout changes it. */
export function tokenHash(tree: SyntaxTree, nodes: readonly number[]): string {
  let hash = hashStart;
  for (const top of nodes) {
    const end = tree.endOf(top);
    for (let node = top; node < end; node += 1)
      if (tree.kind(node) === 'comment') node = tree.endOf(node) - 1;
      else if (tree.isLeaf(node)) hash = hashToken(hash, tree, node);
  }
  return digits(hash);
}
