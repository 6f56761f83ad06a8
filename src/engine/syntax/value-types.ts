import { bindingTarget, boundValue } from './bindings.ts';
import { nodesWhere } from './nodes-where.ts';
import { memoize } from '../memoize.ts';
import type { SyntaxTree } from './syntax-tree.ts';

/**
 * Names of a file that are followed, types kept of each, characters that are read of a type and of a value, and
 * declarators inside of one another.
 */
const limits = { names: 2_000, types: 8, type: 160, value: 160, depth: 6 };

/** What the types of a name are when something is bound to it that the text does not tell the type of. */
export const unknownType = '?';

const bindings = nodesWhere(
  (kind, type) =>
    kind === 'declarator' ||
    kind === 'assignment' ||
    kind === 'field' ||
    /^(formal_parameter|spread_parameter|parameter|parameter_declaration|optional_parameter|required_parameter|optional_parameter_declaration|typed_parameter|typed_default_parameter|simple_parameter|local_variable_declaration|variable_declaration|declaration|enhanced_for_statement|field_declaration)$/.test(
      type,
    ),
);

/**
 * Types of the variables, fields and parameters of a file by their names, whatever function they stand in: `Order` for
 * `Order order`, `order: Order` and `order = new Order()`; `Order()` for what a call of that name gives, which need not
 * be a class; `unknownType` where the text does not tell.
 */
export function valueTypes(tree: SyntaxTree): Record<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const node of bindings(tree)) {
    const types = typesAt(tree, node);
    if (types.length === 0) continue;
    for (const name of namesAt(tree, node)) {
      const known = found.get(name);
      if (known === undefined && found.size >= limits.names) continue;
      const all = known ?? new Set();
      for (const type of types) if (all.size < limits.types) all.add(type);
      found.set(name, all);
    }
  }
  return Object.fromEntries([...found].map(([name, types]) => [name, [...types]]));
}

function typesAt(tree: SyntaxTree, node: number): readonly string[] {
  const type = tree.field(node, 'type');
  const declared = type < 0 ? [] : typesIn(tree, tree.excerpt(type, limits.type));
  if (declared.length > 0) return declared;
  const kind = tree.kind(node);
  if (kind !== 'declarator' && kind !== 'assignment') return [];
  const value = boundValue(tree, node);
  const target = bindingTarget(tree, node);
  if (value < 0 || value === target) return [];
  const given = madeBy(tree.excerpt(value, limits.value));
  if (given !== null) return [given];
  return declares(tree, node, target) ? [unknownType] : [];
}

/** A plain assignment in a language with declarations, or to a field, leaves the declared type as it is. */
function declares(tree: SyntaxTree, node: number, target: number): boolean {
  if (target >= 0 && tree.kind(target) === 'member') return false;
  if (tree.kind(node) === 'declarator')
    return !tree.type(tree.parentOf(node)).endsWith('_declaration') || !isTyped(tree, node);
  return /^(python|ruby|php|go)$/.test(tree.table.language);
}

function isTyped(tree: SyntaxTree, node: number): boolean {
  const type = tree.field(tree.parentOf(node), 'type');
  return type >= 0 && typesIn(tree, tree.excerpt(type, limits.type)).length > 0;
}

/** Says nothing of what it holds. */
const open =
  /\b(typeof|keyof|infer|ReturnType|Awaited|InstanceType|dynamic|any|Any|unknown|Object|object|mixed|interface\{\})\b/;
/** Primitive types and keywords, which have no methods of the submission. */
const noType =
  /^(var|let|const|auto|final|val|mut|dyn|impl|ref|out|in|readonly|static|public|private|protected|extern|unsigned|signed|int|long|short|char|bool|boolean|float|double|byte|string|str|number|void|decimal|error|size_t|u?int\d+(_t)?|[iuf]\d+|usize|isize|null|undefined|None|struct|enum|map|chan|func|self|this|array|iterable|callable|nil|true|false|rune|uint|bigint|symbol|never|list|dict|set|tuple|type|bytes|complex|std)$/;

function typesIn(tree: SyntaxTree, text: string): readonly string[] {
  return /^(go|cpp|rust)$/.test(tree.table.language) ? typesOfAnyCase(text) : typesInCapitals(text);
}

const typesOfAnyCase = memoize((text) => namesOfTypes(text, true));
const typesInCapitals = memoize((text) => namesOfTypes(text, false));

/** Names of the types in a type expression: the last part of each path. */
function namesOfTypes(text: string, anyCase: boolean): string[] {
  if (open.test(text)) return [unknownType];
  const names = [...text.matchAll(/(?:\w+(?:\.|::|\\))*(\w+)/g)].map(([, name = '']) => name);
  const types = names.filter(
    (name) => !noType.test(name) && (anyCase ? /^[A-Za-z_]/ : /^[A-Z]/).test(name),
  );
  // A type parameter stands for any type.
  return types.some((name) => /^([A-Z]|T[A-Z]\w*)$/.test(name)) ? [unknownType] : types;
}

/** A call that makes something of a type, with what may stand around it: `new Order(`, `Order.new`, `NewOrder(`. */
const made =
  /^(?:await\s+|&|\*|\(|move\s+|(?:Box|Arc|Rc|Mutex|RefCell)::new\()*(new\s+)?(?:\w+(?:\.|::|\\))*(?:New)?([A-Z]\w*)(?:<[^<>()]*>)?\s*(?:\(|\{|(?:\.|::)(?:new|default|from|builder|create|of|make|getInstance|with_\w+)\b)/;

/** `new Order(…)` gives an order; `Order(…)`, `Order.new` and `NewOrder(…)` give what bears that name, if anything does. */
function madeBy(value: string): string | null {
  const [, isNew, type] = made.exec(value) ?? [];
  if (type === undefined) return null;
  return isNew === undefined ? `${type}()` : type;
}

/** The names that a node binds, without the object that they belong to. */
function namesAt(tree: SyntaxTree, node: number): string[] {
  const target = targetOf(tree, node);
  if (target >= 0) return lastWord(tree.excerpt(target, 100));
  const parts = tree.namedChildren(node).flatMap((child) => {
    const name = tree.field(child, 'name');
    return name < 0 ? [] : lastWord(tree.excerpt(name, 100));
  });
  const [first = -1] = tree.namedChildren(node);
  return parts.length > 0 || first < 0 ? parts : lastWord(tree.excerpt(first, 100));
}

/** `*names[3]` of C is declared in several steps; of Go's `a, err := …` the first is meant. */
function targetOf(tree: SyntaxTree, node: number): number {
  let at = bindingTarget(tree, node);
  for (let step = 0; at >= 0 && step < limits.depth; step += 1) {
    const inner = tree.field(at, 'declarator', 'name');
    const next = inner >= 0 && tree.kind(at) !== 'member' ? inner : -1;
    const first = tree.type(at) === 'expression_list' ? (tree.namedChildren(at)[0] ?? -1) : next;
    if (first < 0) break;
    at = first;
  }
  return at;
}

function lastWord(text: string): string[] {
  const name = /([\p{L}_]\w*)[\s\])]*$/u.exec(text)?.[1];
  return name === undefined || /[{[,]/.test(text) ? [] : [name];
}
