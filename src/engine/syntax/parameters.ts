import type { ParameterFacts } from '../facts.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { isLogical, lastName, operatorOf } from './tree-questions.ts';
import type { Unit } from './units.ts';

const notParameters =
  /^(self_parameter|keyword_separator|positional_separator|attribute_item|attribute_list|receiver_parameter|type_parameters|modifiers)$/;

/** Parameters of a function; receivers (`self`, `this`, Go's receiver) are none. */
export function parameterFacts(tree: SyntaxTree, unit: Unit): ParameterFacts[] {
  const known = parametersOf.get(unit) ?? readParameters(tree, unit);
  parametersOf.set(unit, known);
  return known;
}

const parametersOf = new WeakMap<Unit, ParameterFacts[]>();

function readParameters(tree: SyntaxTree, unit: Unit): ParameterFacts[] {
  const list = unit.parameters;
  if (list < 0) return [];
  // `x => …` in JavaScript, Java and C#: the parameter stands alone.
  if (tree.kind(list) === 'identifier') return [plain(tree.text(list))];
  const found: ParameterFacts[] = [];
  const inClass = unit.owner !== null && tree.table.language === 'python';
  for (const child of tree.namedChildren(list)) {
    if (tree.fieldName(child) === 'type' || notParameters.test(tree.type(child))) continue;
    if (inClass && found.length === 0 && /^(self|cls|mcs)$/.test(tree.text(child))) continue;
    found.push(...parametersAt(tree, child));
  }
  const isTold = isTypedAround(tree, unit.node);
  return found.map((one) => ({
    ...one,
    typed: one.typed || isTold,
    boolean: one.boolean && isAsked(tree, unit, one.name),
  }));
}

/** Whether a flag switches a function that has a body: one that is only kept or passed on is a value like any other. */
function isAsked(tree: SyntaxTree, { body }: Unit, name: string): boolean {
  if (body < 0) return true;
  for (let node = body; node < tree.endOf(body); node += 1)
    if (tree.isLeaf(node) && tree.text(node) === name && decides(tree, node)) return true;
  return false;
}

/** A value that a condition is made of: it is asked for, negated or joined to others. */
function decides(tree: SyntaxTree, node: number): boolean {
  let at = node;
  for (let up = tree.parentOf(node); up >= 0; at = up, up = tree.parentOf(up)) {
    const kind = tree.kind(up) ?? '';
    if (kind === 'not' || isLogical(tree, up)) return true;
    if (kind === 'ternary') return isConditionOf(tree, up, at);
    if (/^(if|elif|loop|switch|assert|case)$/.test(kind)) return isHead(tree.fieldName(at));
    const isComparison = kind === 'binary' && isWithTruth(tree, up);
    if (kind !== 'paren' && !isComparison && !tree.type(up).endsWith('variable_name')) return false;
  }
  return false;
}

/** `force == true`; in `note.done == done` it is a value that is looked for. */
function isWithTruth(tree: SyntaxTree, comparison: number): boolean {
  const sides = tree.namedChildren(comparison).map((side) => tree.excerpt(side, 10));
  return (
    /^([!=]==?|is|is not)$/.test(operatorOf(tree, comparison)) &&
    sides.some((side) => /^(true|false|True|False)$/.test(side))
  );
}

/** Calls and brackets around a closure that are looked at. */
const callsAround = 6;

/** `const Card: FC<Props> = ({ title }) => …`, `forwardRef<HTMLElement, Props>((props, ref) => …)`: the types stand before it. */
function isTypedAround(tree: SyntaxTree, node: number): boolean {
  if (!/^(typescript|tsx)$/.test(tree.table.language)) return false;
  let up = tree.parentOf(node);
  for (let depth = 0; depth < callsAround && up >= 0; depth += 1, up = tree.parentOf(up)) {
    const type = tree.type(up);
    if (/^(variable_declarator|public_field_definition)$/.test(type))
      return tree.field(up, 'type') >= 0;
    if (type === 'call_expression' && tree.field(up, 'type_arguments') >= 0) return true;
    if (!/^(arguments|call_expression|parenthesized_expression)$/.test(type)) return false;
  }
  return false;
}

function isHead(field: string | null): boolean {
  return field === 'condition' || field === 'value' || field === 'subject';
}

/** Python writes the condition between the two values. */
function isConditionOf(tree: SyntaxTree, ternary: number, node: number): boolean {
  const condition = tree.field(ternary, 'condition');
  const parts = tree.namedChildren(ternary);
  return node === (condition >= 0 ? condition : parts[tree.table.language === 'python' ? 1 : 0]);
}

function plain(name: string): ParameterFacts {
  return { name, typed: false, hasDefault: false, boolean: false };
}

function parametersAt(tree: SyntaxTree, node: number): ParameterFacts[] {
  if (tree.kind(node) === 'identifier' && tree.type(node) !== 'variable_name')
    return [plain(tree.text(node))];
  const type = typeText(tree, node);
  if (tree.table.language === 'cpp' && type === 'void' && tree.children(node).length === 1)
    return [];
  const fallback = defaultText(tree, node);
  const facts = {
    typed: type !== null,
    hasDefault: fallback !== null,
    boolean:
      !isIndirect(tree, node) &&
      (/^:?\s*\??(bool|boolean|Boolean)$/.test(type ?? '') ||
        /^(true|false|True|False)$/.test(fallback ?? '')),
  };
  return namesOf(tree, node).map((name) => ({ name, ...facts }));
}

/** `bool done[]`, `bool *ok`, `out bool found`, `boolean... all`: no single value that switches. */
function isIndirect(tree: SyntaxTree, node: number): boolean {
  const declarator = tree.field(node, 'declarator');
  if (declarator >= 0 && /^(array|pointer|reference)_declarator$/.test(tree.type(declarator)))
    return true;
  return /^(out|ref)\s|\.\.\.|\[\s*\]/.test(tree.excerpt(node, 120));
}

function typeText(tree: SyntaxTree, node: number): string | null {
  const field = tree.field(node, 'type');
  if (field >= 0) return tree.excerpt(field, 60);
  if (tree.type(node) !== 'spread_parameter') return null;
  return tree.excerpt(tree.namedChildren(node)[0] ?? node, 60);
}

function defaultText(tree: SyntaxTree, node: number): string | null {
  const field = tree.field(node, 'value', 'default_value', 'right');
  if (field >= 0) return tree.excerpt(field, 60);
  const children = tree.children(node);
  const sign = children.findIndex((child) => !tree.named(child) && tree.type(child) === '=');
  const value = sign < 0 ? undefined : children[sign + 1];
  return value === undefined ? null : tree.excerpt(value, 60);
}

function namesOf(tree: SyntaxTree, node: number): string[] {
  if (tree.type(node) === 'spread_parameter')
    return [lastName(tree, tree.namedChildren(node).at(-1) ?? node)];
  const names = tree.children(node).filter((child) => tree.fieldName(child) === 'name');
  if (names.length > 0) return names.map((name) => clean(lastName(tree, name)));
  const target = tree.field(node, 'pattern', 'declarator', 'left');
  if (target >= 0) return [clean(lastName(tree, firstOf(tree, target)))];
  const last = tree.namedChildren(node).find((child) => tree.fieldName(child) !== 'type');
  return [last === undefined ? '' : clean(lastName(tree, last))];
}

/** Of `{ now = () => clock(), ...rest }`, what the first part is bound to: `now`; of `rows[N][N]` what has the size. */
function firstOf(tree: SyntaxTree, target: number): number {
  let at = target;
  for (
    let depth = 0;
    depth < 5 &&
    /^((object|array|pair|\w*assignment)_pattern|array_declarator)$/.test(tree.type(at));
    depth += 1
  ) {
    const inner = tree.field(at, 'left', 'value', 'declarator');
    const next = inner >= 0 ? inner : tree.namedChildren(at)[0];
    if (next === undefined) break;
    at = next;
  }
  return at;
}

function clean(name: string): string {
  return name.replace(/^[$&*.]+/, '');
}
