import type { CommentFacts } from '../facts.ts';
import type { Comment } from './comments.ts';
import { headerStart } from './headers.ts';
import type { SyntaxTree } from './syntax-tree.ts';

export interface Docs {
  of(node: number): CommentFacts | null;
}

/** Finds the doc comment of a declaration: right before its true beginning, or Python's first string. */
export function docIndex(tree: SyntaxTree, comments: Comment[]): Docs {
  const before = new Map<number, CommentFacts>();
  const inside = new Map<number, CommentFacts>();
  for (const { node, next, ...facts } of comments) {
    if (facts.kind !== 'doc') continue;
    if (next >= 0) before.set(tree.start[next] ?? -1, facts);
    else inside.set(tree.parentOf(tree.parentOf(tree.parentOf(node))), facts);
  }
  return {
    of: (node) =>
      inside.get(node) ??
      before.get(tree.start[headerStart(tree, node)] ?? -1) ??
      before.get(tree.start[node] ?? -1) ??
      null,
  };
}
