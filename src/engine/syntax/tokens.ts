import type { Kind } from './languages/language-table.ts';
import { oncePerType } from './once-per-type.ts';
import type { SyntaxTree } from './syntax-tree.ts';

/** Brackets, commas and semicolons alone: where they stand, and whether some do at all, is a matter of layout. */
export const isSeparator = oncePerType(
  (tree, node) => !tree.named(node) && /^[{}()[\];,]+$/.test(tree.type(node)),
);

/**
 * Visits what a reader reads, from one node to another: no layout changes it. Comments and separators are left out; a
 * text in quotes is one token, however the grammar cuts it up.
 */
export function forTokens(
  tree: SyntaxTree,
  { from, to, without }: { from: number; to: number; without?: Kind },
  visit: (token: number) => void,
): void {
  for (let node = from; node < to;) {
    const kind = tree.kind(node);
    const isToken = kind === 'string' || tree.isLeaf(node);
    const isLeftOut = kind === 'comment' || (kind !== undefined && kind === without);
    if (isToken && !isLeftOut && !isSeparator(tree, node)) visit(node);
    node = isToken || isLeftOut ? tree.endOf(node) : node + 1;
  }
}
