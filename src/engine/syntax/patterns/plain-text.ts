import type { SyntaxTree } from '../syntax-tree.ts';

/** Text of a node without its comments, from its first `limit` characters of code on. */
export function plainText(tree: SyntaxTree, top: number, limit: number): string {
  const pieces: string[] = [];
  let from = tree.start[top] ?? 0;
  let size = 0;
  const end = tree.endOf(top);
  const stop = tree.stop[top] ?? 0;
  for (let node = top; node < end && size < limit; node += 1) {
    if (tree.kind(node) !== 'comment') {
      size = Math.max(0, (tree.start[node] ?? 0) - from);
      continue;
    }
    pieces.push(tree.source.slice(from, tree.start[node]));
    from = tree.stop[node] ?? from;
    size = 0;
    if (pieces.join('').length > limit) break;
  }
  return [...pieces, tree.source.slice(from, Math.min(stop, from + limit))].join('');
}
