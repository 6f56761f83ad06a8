import { nodesWhere } from '../../nodes-where.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { unitOf, type Context } from '../context.ts';

/** What a name is bound to somewhere in a function. */
export interface Binding {
  /** The assignment, declaration or compound assignment. */
  node: number;
  /** Right side, or -1. */
  value: number;
  kind: 'assignment' | 'declarator' | 'augmented';
}

interface NameIndex {
  bindings: Map<string, Binding[]>;
  types: Map<string, string>;
}

const indexes = new WeakMap<SyntaxTree, NameIndex>();

const declaring =
  /parameter|declaration$|variable_declaration|var_spec|let_declaration|variable_declarator|^assignment$|resource|enhanced_for|for_range_loop|foreach_statement|field_declaration/;

const mayBind = nodesWhere(
  (kind, type) =>
    kind === 'assignment' || kind === 'declarator' || kind === 'augmented' || declaring.test(type),
);

/** Bindings kept of one name in one function. */
const bindingsKept = 50;

function indexOf(context: Context): NameIndex {
  const { tree } = context;
  const known = indexes.get(tree);
  if (known !== undefined) return known;
  const index: NameIndex = { bindings: new Map(), types: new Map() };
  indexes.set(tree, index);
  for (const node of mayBind(tree)) {
    const kind = tree.kind(node);
    if (kind === 'assignment' || kind === 'declarator' || kind === 'augmented')
      addBinding(context, node, kind, index);
    const type = tree.field(node, 'type');
    if (type >= 0 && kind !== 'new') addType(context, node, type, index);
  }
  return index;
}

function addBinding(
  context: Context,
  node: number,
  kind: Binding['kind'],
  { bindings }: NameIndex,
): void {
  const { tree } = context;
  const [target, value] = sidesOf(tree, node);
  if (target < 0) return;
  for (const part of tree.excerpt(target, 200).split(',')) {
    const name = bare(part);
    if (!/^[@$\p{L}_][\w.$]*$/u.test(name)) continue;
    const key = `${context.units.of[node] ?? -1} ${name}`;
    const list = bindings.get(key) ?? [];
    if (list.length < bindingsKept) list.push({ node, value, kind });
    bindings.set(key, list);
  }
}

function sidesOf(tree: SyntaxTree, node: number): [target: number, value: number] {
  const named = tree.namedChildren(node);
  const field = tree.field(node, 'left', 'name', 'pattern', 'declarator', 'argument');
  const target = field >= 0 ? field : (named[0] ?? -1);
  const right = tree.field(node, 'right', 'value');
  const last = named.at(-1) ?? -1;
  if (right >= 0) return [target, right];
  return [target, last === target ? -1 : last];
}

function bare(text: string): string {
  return text
    .trim()
    .replace(/^(mut\s+|[*&$@]+\s*)/, '')
    .replace(/\s*\[.*$/s, '');
}

function addType(context: Context, node: number, type: number, { types }: NameIndex): void {
  const { tree } = context;
  if (!declaring.test(tree.type(node))) return;
  const text = tree.excerpt(type, 120).replace(/^:\s*/, '');
  const owner = context.units.of[node] ?? -1;
  for (const child of tree.children(node)) {
    if (child === type || !isDeclared(tree, child)) continue;
    const own = tree.kind(child) === 'declarator' ? tree.field(child, 'name', 'declarator') : child;
    const written = tree.excerpt(own < 0 ? child : own, 80);
    const name = bare(written);
    if (/^\w+$/.test(name)) types.set(`${owner} ${name}`, text + suffixOf(written));
  }
}

const namingFields = new Set<string | null>(['name', 'declarator', 'pattern', 'left']);

function isDeclared(tree: SyntaxTree, child: number): boolean {
  const kind = tree.kind(child);
  return namingFields.has(tree.fieldName(child)) || kind === 'declarator' || kind === 'identifier';
}

/** C++ writes a part of the type at the name. */
function suffixOf(written: string): string {
  if (written.startsWith('*')) return '*';
  if (written.startsWith('&')) return '&';
  return written.includes('[') ? '[]' : '';
}

/** Functions around a node in which a name is looked for. */
const levels = 6;

function* scopes(context: Context, node: number): Generator<number> {
  let unit = unitOf(context, node);
  for (let level = 0; level < levels && unit !== null; level += 1) {
    yield context.units.of[unit.node] ?? -1;
    unit = unit.around;
  }
  yield -1;
}

/** Bindings of a name in the function around a node, or in the nearest one outside of it that has any. */
export function bindingsOf(context: Context, node: number, name: string): Binding[] {
  const { bindings } = indexOf(context);
  const key = bare(name);
  for (const scope of scopes(context, node)) {
    const found = bindings.get(`${scope} ${key}`);
    if (found !== undefined) return found;
  }
  return [];
}

/** The declared type of a name as written, `*`, `&` or `[]` of its declarator after it; or null. */
export function typeOf(context: Context, node: number, name: string): string | null {
  const { types } = indexOf(context);
  const key = bare(name);
  for (const scope of scopes(context, node)) {
    const found = types.get(`${scope} ${key}`);
    if (found !== undefined) return found;
  }
  return null;
}

/** Source of the only value that a name is ever bound to in its function, at most 120 characters; or ''. */
export function madeOf(context: Context, node: number, name: string): string {
  const value = onlyValue(context, node, name);
  return value < 0 ? '' : context.tree.excerpt(value, 120);
}

/** The only value that a name is ever bound to in its function, or -1. */
export function onlyValue(context: Context, node: number, name: string): number {
  const found = bindingsOf(context, node, name);
  return found.length === 1 ? (found[0]?.value ?? -1) : -1;
}
