import { nodesWhere } from '../nodes-where.ts';
import type { SyntaxTree } from '../syntax-tree.ts';

/** What is bound to what, or null for a declaration without a value. */
export function bindingAt(
  tree: SyntaxTree,
  node: number,
): { target: number; value: number } | null {
  const target = tree.field(node, 'left', 'name', 'pattern', 'declarator');
  const field = tree.field(node, 'right', 'value');
  const value = field >= 0 ? field : (tree.namedChildren(node).at(-1) ?? -1);
  return target < 0 || value < 0 || value === target ? null : { target, value };
}

const known = new WeakMap<SyntaxTree, ReadonlySet<string>>();

/** Names that a file binds itself, as variables or parameters: they are no functions of the code that it imports. */
export function boundNames(tree: SyntaxTree): ReadonlySet<string> {
  const names = known.get(tree) ?? bindingsIn(tree);
  known.set(tree, names);
  return names;
}

const mayBind = nodesWhere(
  (kind, type) =>
    kind === 'assignment' ||
    kind === 'declarator' ||
    kind === 'parameters' ||
    kind === 'loop' ||
    kind === 'comprehension' ||
    type === 'as_pattern_target' ||
    type === 'short_var_declaration' ||
    type === 'for_in_clause',
);

function bindingsIn(tree: SyntaxTree): Set<string> {
  const names = new Set<string>();
  for (const node of mayBind(tree)) {
    const isWhole = tree.kind(node) === 'parameters' || tree.type(node) === 'as_pattern_target';
    const target = isWhole ? node : tree.field(node, 'left', 'name', 'pattern', 'declarator');
    if (target < 0) continue;
    for (const name of tree.excerpt(target, 400).match(/[\p{L}_]\w*/gu) ?? []) names.add(name);
  }
  return names;
}

/** Parameters of a test or a fixture in Python, by which pytest knows what to call before it. */
export function fixturesOf(tree: SyntaxTree, node: number): string[] {
  if (tree.table.language !== 'python') return [];
  const parameters = tree.field(node, 'parameters');
  const names = parameters < 0 ? [] : (tree.excerpt(parameters, 400).match(/\b[a-z_]\w*/g) ?? []);
  return names.filter((name) => name !== 'self' && name !== 'cls');
}
