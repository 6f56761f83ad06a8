import type { ClassFacts } from '../facts.ts';
import { isSelfName } from './calls.ts';
import type { Analysis } from './functions.ts';
import type { Kind } from './languages/language-table.ts';
import { receiverName } from './recursion.ts';
import { parameterFacts } from './parameters.ts';
import { nodesOf, nodesWhere } from './nodes-where.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { lastName } from './tree-questions.ts';
import { className, type Unit, type Units } from './units.ts';

const fieldLimit = 500;

/** Fills in the fields of each class and which method touches which. */
export function memberNames(analysis: Analysis, classes: ClassFacts[]): void {
  const { tree, units } = analysis;
  const byName = new Map(classes.map((one) => [one.name, one]));
  const fields = declaredFields(tree, byName);
  const uses = units.list.map((unit) =>
    byName.has(unit.owner ?? '') ? selfUses(tree, unit, units) : null,
  );
  units.list.forEach((unit, index) => {
    for (const name of uses[index]?.written ?? []) fields.get(unit.owner ?? '')?.add(name);
  });
  for (const one of classes) one.fields = [...(fields.get(one.name) ?? [])].slice(0, fieldLimit);
  // Maps, since a method may be called `constructor`.
  const access = new Map(classes.map((one) => [one.name, new Map<string, string[]>()]));
  units.list.forEach((unit, index) => {
    const into = access.get(unit.owner ?? '');
    const use = uses[index];
    if (into === undefined || use === undefined || use === null || unit.closure) return;
    const own = fields.get(unit.owner ?? '') ?? new Set();
    const touched = [...use.touched].filter((name) => own.has(name));
    into.set(unit.name, [...new Set([...(into.get(unit.name) ?? []), ...touched])]);
  });
  const indices = Map.groupBy(units.list.keys(), (index) => units.list[index]?.owner ?? '');
  const followed = new Map(
    [...access].map(([name, direct]) => [
      name,
      followAccessors(direct, indices.get(name) ?? [], units.list, uses),
    ]),
  );
  for (const one of classes) one.fieldAccess = Object.fromEntries(followed.get(one.name) ?? []);
}

interface Uses {
  /** Fields assigned through `self`/`this`, which declares them in some languages. */
  written: Set<string>;
  touched: Set<string>;
}

const mayBeFields = nodesOf('field', 'assignment');

function declaredFields(
  tree: SyntaxTree,
  classes: Map<string, ClassFacts>,
): Map<string, Set<string>> {
  const fields = new Map(
    [...classes.keys()].map((name): [string, Set<string>] => [name, new Set()]),
  );
  const add = (node: number, names: readonly string[]): void => {
    const owner = names.length === 0 ? -1 : tree.above(node, 'class');
    const into = owner < 0 ? undefined : fields.get(className(tree, owner));
    if (into) names.forEach((name) => into.add(name));
  };
  for (const node of mayBeFields(tree))
    if (isFieldNode(tree, node)) add(node, fieldNames(tree, node));
  for (const node of parametersOf(tree)) add(node, propertyNames(tree, node));
  return fields;
}

/** `constructor(private readonly store: Store)` of TypeScript declares a field. */
function propertyNames(tree: SyntaxTree, node: number): string[] {
  const declared = /^\s*(?:(?:public|private|protected|readonly|override)\s+)+([\w$]+)/;
  return declared.exec(tree.excerpt(node, 200))?.slice(1, 2) ?? [];
}

const parametersOf = nodesWhere((_kind, type) => /^(required|optional)_parameter$/.test(type));

function isFieldNode(tree: SyntaxTree, node: number): boolean {
  // What a type in the signature of a method holds is no field of its class.
  if (tree.type(node) === 'property_signature')
    return tree.kind(tree.parentOf(tree.parentOf(node))) === 'class';
  if (tree.kind(node) === 'field') return true;
  // Python and Ruby: an assignment in the class body.
  if (tree.kind(node) !== 'assignment' || tree.table.language !== 'python') return false;
  const above = tree.above(node, 'class', 'function', 'closure');
  return above >= 0 && tree.kind(above) === 'class';
}

function fieldNames(tree: SyntaxTree, node: number): string[] {
  const names: string[] = [];
  const end = tree.endOf(node);
  for (let at = node; at < end && names.length < 50; at += 1) {
    if (tree.kind(at) === 'identifier' && isFieldName(tree, at))
      names.push(tree.text(at).replace(/^[$#]/, ''));
  }
  return names;
}

const fieldHolders = new Set<Kind | undefined>(['field', 'declarator', 'assignment']);

function isFieldName(tree: SyntaxTree, node: number): boolean {
  const parent = tree.parentOf(node);
  if (tree.type(parent) === 'function_declarator') return false;
  if (tree.type(parent) === 'property_element' || tree.type(node) === 'field_identifier')
    return true;
  return (
    fieldHolders.has(tree.kind(parent)) &&
    /^(name|left|property|declarator)$/.test(tree.fieldName(node) ?? '')
  );
}

/** What one method does with names on itself. */
function selfUses(tree: SyntaxTree, unit: Unit, units: Units): Uses {
  const uses: Uses = { written: new Set(), touched: new Set() };
  const receiver = receiverName(tree, unit);
  const hidden = new Set(parameterFacts(tree, unit).map(({ name }) => name));
  const end = tree.endOf(unit.node);
  const bare = /^(java|csharp|cpp)$/.test(tree.table.language);
  for (let node = unit.body; node < end;) {
    // Code of functions inside counts for the method too, but not methods of other classes.
    if (isElsewhere(tree, node, unit, units)) {
      node = tree.endOf(node);
      continue;
    }
    const name = selfMember(tree, node, receiver) ?? (bare ? bareName(tree, node, hidden) : null);
    if (name !== null) addUse(tree, node, name, uses);
    node += 1;
  }
  return uses;
}

/** Another class, or a method of one: they answer for themselves. */
function isElsewhere(tree: SyntaxTree, node: number, unit: Unit, units: Units): boolean {
  if (tree.kind(node) === 'class' && !tree.isLeaf(node)) return true;
  const inner = units.list[units.of[node] ?? -1];
  return inner !== undefined && inner.node === node && inner !== unit && inner.owner !== null;
}

function addUse(tree: SyntaxTree, node: number, name: string, uses: Uses): void {
  uses.touched.add(name);
  const isTarget =
    tree.kind(tree.parentOf(node)) === 'assignment' && tree.fieldName(node) === 'left';
  if (isTarget) declare(tree, name, uses);
  else if (tree.type(node) === 'instance_variable') uses.written.add(name);
}

function declare(tree: SyntaxTree, name: string, uses: Uses): void {
  const { language } = tree.table;
  const declares =
    language === 'python' ||
    language === 'ruby' ||
    language === 'php' ||
    tree.table.closuresAreUnits;
  if (declares) uses.written.add(name);
}

function selfMember(tree: SyntaxTree, node: number, receiver: string | null): string | null {
  const type = tree.type(node);
  if (type === 'instance_variable' || type === 'class_variable')
    return tree.text(node).replace(/^@+/, '');
  const kind = tree.kind(node);
  if (kind !== 'member' && !(kind === 'call' && tree.field(node, 'name') >= 0)) return null;
  const object = tree.field(
    node,
    'object',
    'operand',
    'value',
    'argument',
    'expression',
    'scope',
    'receiver',
    'path',
  );
  if (object < 0) return null;
  const text = tree.excerpt(object, 12);
  if (text !== receiver && !isSelfName(text)) return null;
  const name = tree.field(node, 'property', 'attribute', 'field', 'name');
  return name < 0 ? null : lastName(tree, name).replace(/^[$#]/, '');
}

/** Java, C# and C++ name their fields without `this`. */
function bareName(tree: SyntaxTree, node: number, hidden: Set<string>): string | null {
  if (tree.kind(node) !== 'identifier' || !tree.isLeaf(node) || tree.type(node).startsWith('type_'))
    return null;
  const field = tree.fieldName(node);
  const parent = tree.kind(tree.parentOf(node));
  if (field === 'name' && (parent === 'declarator' || parent === 'member')) return null;
  if (field === 'field') return null;
  const name = tree.text(node);
  return hidden.has(name) ? null : name;
}

/** A method that calls an own one-field method uses that field (TCC counts through accessors). */
function followAccessors(
  direct: Map<string, string[]>,
  own: number[],
  units: Unit[],
  uses: (Uses | null)[],
): Map<string, string[]> {
  const all = new Map(direct);
  for (const index of own) {
    const name = units[index]?.name ?? '';
    const known = all.get(name);
    if (known === undefined) continue;
    const reached = [...(uses[index]?.touched ?? [])].flatMap((touched) => {
      const fields = touched === name ? undefined : direct.get(touched);
      return fields?.length === 1 ? fields : [];
    });
    all.set(name, [...new Set([...known, ...reached])]);
  }
  return all;
}
