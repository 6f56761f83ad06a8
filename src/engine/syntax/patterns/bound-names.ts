import { addTo } from '../../multimap.ts';
import { bindingAt, bindingTarget } from '../bindings.ts';
import { nodesOf, nodesWhere } from '../nodes-where.ts';
import type { SyntaxTree } from '../syntax-tree.ts';

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
    const target = isWhole ? node : bindingTarget(tree, node);
    if (target < 0) continue;
    for (const name of tree.excerpt(target, 400).match(/[\p{L}_]\w*/gu) ?? []) names.add(name);
  }
  return names;
}

/** Functions that a name may stand for, at most. */
const mostMakers = 5;

const bindings = nodesOf('assignment', 'declarator');

/** The name of what is called: `createAsset` of `await assets.createAsset(units)`. */
const made = /^(?:await\s+)?(?:[\w$]+\.)*([A-Za-z_$][\w$]*)\(/;

/**
 * What names of a file are made by, by the calls that give them: `sut = createAsset(units)` before each test makes `sut`
 * of `createAsset`, so that whoever calls the one calls the other.
 */
export function makersOf(tree: SyntaxTree): ReadonlyMap<string, ReadonlySet<string>> {
  const known = makers.get(tree);
  if (known !== undefined) return known;
  const found = new Map<string, Set<string>>();
  for (const node of bindings(tree)) {
    const binding = bindingAt(tree, node);
    if (binding === null) continue;
    const maker = made.exec(tree.excerpt(binding.value, 120))?.[1];
    const name = /^(?:(?:this|self)\.)?([\w$]+)$/.exec(tree.excerpt(binding.target, 80))?.[1];
    if (maker === undefined || name === undefined) continue;
    if ((found.get(name)?.size ?? 0) < mostMakers) addTo(found, name, maker);
  }
  makers.set(tree, found);
  return found;
}

const makers = new WeakMap<SyntaxTree, ReadonlyMap<string, ReadonlySet<string>>>();
