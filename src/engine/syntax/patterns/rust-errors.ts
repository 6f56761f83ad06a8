import type { FallibleSite } from '../../pattern-facts.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { lastName } from '../tree-questions.ts';

type Guard = FallibleSite['guard'];

/** What is done with the `Result` of a call. */
export function rustGuard(tree: SyntaxTree, node: number): Guard {
  let at = node;
  for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
    const type = tree.type(up);
    const known = type === 'field_expression' ? methodGuard(tree, up) : rustParents[type];
    if (known !== undefined) return known;
    // The last expression of a block is handed on; a statement of its own is dropped.
    if (type === 'block') return tree.isStatement(at) ? 'none' : 'propagated';
    if (tree.isStatement(up)) return type === 'expression_statement' ? 'none' : 'propagated';
    at = up;
  }
  return 'none';
}

const rustParents: Record<string, Guard> = {
  try_expression: 'propagated',
  closure_expression: 'propagated',
  match_expression: 'typed',
  let_condition: 'typed',
};

function methodGuard(tree: SyntaxTree, access: number): Guard | undefined {
  const method = lastName(tree, access);
  if (method === 'unwrap' || method === 'expect') return 'none';
  return /^(unwrap_or\w*|ok|map_or\w*|or_else|is_ok|is_err)$/.test(method) ? 'typed' : undefined;
}
