import type { SyntaxTree } from './syntax-tree.ts';
import { routeName } from './route-closures.ts';
import { nameOfModule } from './offered-by-default.ts';
import { bodyOf, lastName } from './tree-questions.ts';

/** A function that is measured on its own. */
export interface Unit {
  node: number;
  name: string;
  owner: string | null;
  closure: boolean;
  /** A closure that answers a route, outside of other functions: its name is that of the route. */
  route: boolean;
  /** What a module offers to those who ask for no name. */
  offered: boolean;
  /** Body node; declarations without one are no units. */
  body: number;
  /** Node of the parameter list, or -1. */
  parameters: number;
  /** The unit that this one stands in. */
  around: Unit | null;
}

/** Every unit of the file, in source order, and the unit that each node belongs to (-1 = none). */
export interface Units {
  list: Unit[];
  /** Index into `list` by node. */
  of: Int32Array;
}

/**
 * Finds the functions of a file in one pass.
 *
 * @param path of the file, which gives its name to a function that a module offers without one
 */
export function findUnits(tree: SyntaxTree, path = ''): Units {
  const list: Unit[] = [];
  const of = new Int32Array(tree.size).fill(-1);
  for (let node = 0; node < tree.size; node += 1) {
    const parent = tree.parentOf(node);
    const around = parent < 0 ? -1 : (of[parent] ?? -1);
    of[node] = around;
    if (!isUnit(tree, node, around)) continue;
    const body = unitBody(tree, node);
    if (body < 0) continue;
    of[node] = list.length;
    list.push(unitAt(tree, node, { body, around: list[around] ?? null, path }));
  }
  return { list, of };
}

/** Ruby writes empty methods without a body node; elsewhere no body means a declaration only. */
function unitBody(tree: SyntaxTree, node: number): number {
  const body = bodyOf(tree, node);
  if (body < 0 && tree.type(node) === 'property_declaration') return arrowOf(tree, node);
  return body < 0 && tree.table.language === 'ruby' ? node : body;
}

function isUnit(tree: SyntaxTree, node: number, around: number): boolean {
  const kind = tree.kind(node);
  if (kind === 'function') return true;
  if (tree.type(node) === 'property_declaration') return arrowOf(tree, node) >= 0;
  if (kind !== 'closure') return false;
  if (tree.table.closuresAreUnits) return true;
  // A closure outside of any function has no owner to count in. Ruby's blocks are plain code.
  if (around >= 0) return false;
  return !/^(do_)?block$/.test(tree.type(node)) || routeName(tree, node) !== null;
}

/** `public string Label => …` of C#. */
function arrowOf(tree: SyntaxTree, node: number): number {
  if (tree.table.language !== 'csharp') return -1;
  return tree.children(node).find((child) => tree.type(child) === 'arrow_expression_clause') ?? -1;
}

function unitAt(
  tree: SyntaxTree,
  node: number,
  { body, around, path }: Pick<Unit, 'body' | 'around'> & { path: string },
): Unit {
  const declarator = functionDeclarator(tree, node);
  const closure = tree.kind(node) === 'closure';
  const holder = declarator >= 0 ? declarator : node;
  const { route, offered, bound } = closure
    ? closureNames(tree, node, around === null ? path : null)
    : { route: null, offered: null, bound: null };
  const own = route === null ? prototypeOf(tree, node, bound) : null;
  return {
    node,
    name: bound ?? (closure ? ownName(tree, node) : nameOf(tree, node, declarator)),
    owner: own ?? ownerOf(tree, node, declarator),
    closure: closure && bound === null,
    route: route !== null,
    offered: offered !== null,
    body,
    parameters: parametersOf(tree, holder),
    around,
  };
}

/** Names that a closure gets from what it is handed to. @param path of the file where it stands outside of functions */
function closureNames(tree: SyntaxTree, node: number, path: string | null) {
  const route = path === null ? null : routeName(tree, node);
  const offered = path === null || route !== null ? null : offeredName(tree, node, path);
  return { route, offered, bound: route ?? offered ?? boundName(tree, node) };
}

function ownName(tree: SyntaxTree, node: number): string {
  const name = tree.field(node, 'name');
  return name < 0 ? '(anonymous)' : tree.text(name);
}

/** C and C++ wrap the name in declarators: `int *Basket::add(int) const`. */
function functionDeclarator(tree: SyntaxTree, node: number): number {
  if (tree.table.language !== 'cpp') return -1;
  let at = tree.field(node, 'declarator');
  for (let depth = 0; at >= 0 && depth < 20; depth += 1) {
    if (/^(abstract_)?function_declarator$|^lambda_declarator$/.test(tree.type(at))) return at;
    const inner = tree.field(at, 'declarator');
    at = inner >= 0 ? inner : (tree.namedChildren(at).at(-1) ?? -1);
  }
  return -1;
}

function nameOf(tree: SyntaxTree, node: number, declarator: number): string {
  if (declarator >= 0) {
    const name = tree.field(declarator, 'declarator');
    if (name < 0) return '(anonymous)';
    const text = tree.excerpt(name, 200);
    return /~\w+$|operator\s*\S+$/.exec(text)?.[0] ?? lastName(tree, name);
  }
  if (tree.type(node) === 'accessor_declaration') {
    const property = tree.field(tree.above(node, 'field'), 'name');
    return property < 0 ? '(accessor)' : lastName(tree, property);
  }
  const name = tree.field(node, 'name');
  if (name >= 0) return tree.text(name);
  const operator = tree.field(node, 'operator', 'type');
  return tree.type(node).endsWith('operator_declaration') && operator >= 0
    ? `operator ${tree.text(operator)}`
    : '(anonymous)';
}

/** Name of a function that a module offers by default: its own one, or that of the module. */
function offeredName(tree: SyntaxTree, node: number, path: string): string | null {
  const holder = tree.parentOf(node);
  const isOffered =
    tree.type(holder) === 'export_statement' ||
    (tree.kind(holder) === 'assignment' &&
      /^module\.exports\s*=[^=]/.test(tree.excerpt(holder, 40)));
  if (!isOffered || tree.kind(tree.parentOf(holder)) === 'assignment') return null;
  const name = tree.field(node, 'name');
  return name < 0 ? nameOfModule(path) : tree.text(name);
}

/** Name that a closure is bound to: `const f = () => …`, `{ f: () => … }`, `this.f = …`. */
function boundName(tree: SyntaxTree, node: number): string | null {
  const parent = bindingOf(tree, node);
  if (parent < 0) return null;
  const target = tree.field(parent, 'name', 'left', 'key', 'property', 'pattern');
  if (target < 0 || tree.stop[target]! > tree.start[node]!) return null;
  return lastName(tree, target);
}

/** `Cookies.prototype.get = function …`: a method of Cookies. */
function prototypeOf(tree: SyntaxTree, node: number, bound: string | null): string | null {
  if (bound === null) return null;
  const target = tree.field(bindingOf(tree, node), 'left');
  return (
    /^([\w$]+)\.prototype\.[\w$]+$/.exec(target < 0 ? '' : tree.excerpt(target, 200))?.[1] ?? null
  );
}

const bindings = new Set<string>(['assignment', 'declarator', 'field']);

/** What hands back the function that it is given. */
const wrappers =
  /^(React\.)?(useCallback|memo|forwardRef|observer|debounce|throttle|useEvent|asyncHandler|catchAsync|wrapAsync|once|curry)$/;

/** `useCallback((event) => …, [])`: a call that hands back the function that it is given. */
export function handsBackFunction(tree: SyntaxTree, call: number): boolean {
  if (tree.kind(call) !== 'call') return false;
  const list = tree.field(call, 'arguments');
  const first = list < 0 ? undefined : tree.namedChildren(list)[0];
  return first !== undefined && wrapped(tree, first) === call;
}

/** The value that a closure makes: itself, or what a wrapper around it hands back. */
function wrapped(tree: SyntaxTree, node: number): number {
  const list = tree.parentOf(node);
  const call = list < 0 ? -1 : tree.parentOf(list);
  if (call < 0 || tree.kind(call) !== 'call' || tree.fieldName(list) !== 'arguments') return node;
  const isFirst = tree.namedChildren(list)[0] === node;
  return isFirst && wrappers.test(tree.excerpt(tree.field(call, 'function'), 40)) ? call : node;
}

function bindingOf(tree: SyntaxTree, node: number): number {
  const parent = tree.parentOf(wrapped(tree, node));
  const isListed = parent >= 0 && tree.type(parent) === 'expression_list';
  const up = isListed ? tree.parentOf(parent) : parent;
  if (up < 0) return -1;
  return bindings.has(tree.kind(up) ?? '') || tree.type(up) === 'pair' ? up : -1;
}

function parametersOf(tree: SyntaxTree, node: number): number {
  const field = tree.field(node, 'parameters', 'parameter');
  if (field >= 0) return field;
  return tree.children(node).find((child) => tree.kind(child) === 'parameters') ?? -1;
}

/** The class, struct, trait or impl that a function belongs to. */
function ownerOf(tree: SyntaxTree, node: number, declarator = -1): string | null {
  const receiver = tree.table.language === 'go' ? tree.field(node, 'receiver') : -1;
  if (receiver >= 0)
    return /([\p{L}_]\w*)\s*(\[[^\]]*\])?\s*\)$/u.exec(tree.excerpt(receiver, 200))?.[1] ?? null;
  const qualified = declarator < 0 ? -1 : tree.field(declarator, 'declarator');
  if (qualified >= 0 && tree.type(qualified) === 'qualified_identifier') {
    const scope = tree.field(qualified, 'scope');
    return scope < 0 ? null : lastName(tree, scope);
  }
  return classAround(tree, node);
}

function classAround(tree: SyntaxTree, node: number): string | null {
  for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
    const kind = tree.kind(up);
    if (kind === 'function' || (kind === 'closure' && !isBlock(tree, up))) return null;
    if (kind === 'class') return className(tree, up);
    if (tree.type(up) === 'impl_item') return lastName(tree, tree.field(up, 'type'));
    if (tree.type(up) === 'class_body' && tree.kind(tree.parentOf(up)) === 'new')
      return '(anonymous)';
  }
  return null;
}

function isBlock(tree: SyntaxTree, node: number): boolean {
  return tree.type(node) === 'block' || tree.type(node) === 'do_block';
}

/** Name of a class-like node. */
export function className(tree: SyntaxTree, node: number): string {
  const name = tree.field(node, 'name');
  return name < 0 ? '(anonymous)' : lastName(tree, name);
}
