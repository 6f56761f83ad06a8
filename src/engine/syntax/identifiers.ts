import type { IdentifierFacts } from '../facts.ts';
import { bindingTarget } from './bindings.ts';
import { parameterFacts } from './parameters.ts';
import type { Kind } from './languages/language-table.ts';
import { nodesOf, nodesWhere } from './nodes-where.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { logicalLinesIn, type LogicalLines } from './reading-load.ts';
import { isGiven, isNamedByType, isTypeVariable } from './given-names.ts';
import { className, type Units } from './units.ts';
import { wordOf } from './word-of.ts';

/** Identifiers and symbols kept per file. */
const limits = { identifiers: 20_000, symbols: 5_000, targets: 20 };

const mayDeclare = nodesWhere(
  (kind, type) => (kind !== undefined && declaringKinds.has(kind)) || declaringTypes.has(type),
);
const declaringKinds = new Set<Kind>([
  'function',
  'closure',
  'class',
  'declarator',
  'field',
  'loop',
  'assignment',
]);
const declaringTypes = new Set([
  'for_in_clause',
  'range_clause',
  'property_element',
  'declaration',
]);

/** Every name that the file declares, once per scope, with the lines it is good for. */
export function identifierFacts(
  tree: SyntaxTree,
  units: Units,
  logical: LogicalLines,
): IdentifierFacts[] {
  const found: IdentifierFacts[] = [];
  // By index of the unit; the first is what stands outside.
  const seen = [...units.list, null].map(() => new Set<string>());
  const add = (node: number, fact: IdentifierFacts): void => {
    const names = seen.at((units.of[node] ?? -1) + 1)!;
    if (names.has(fact.name) || found.length >= limits.identifiers || !isName(fact.name)) return;
    names.add(fact.name);
    found.push({
      ...fact,
      name: fact.name.replace(sign, ''),
      ...(units.of[node]! >= 0 ? { local: true } : {}),
    });
  };
  const atUnit = new Map(units.list.map((unit) => [unit.node, unit]));
  for (const node of mayDeclare(tree)) {
    const unit = atUnit.get(node);
    if (unit !== undefined) addUnit(tree, unit, logical, add);
    else if (tree.kind(node) === 'class') addClass(tree, node, logical, add);
    else addTargets(tree, node, { units, logical }, add);
  }
  return found;
}

/** In front of a name, and no part of it. */
const sign = /^[@$#]+/;

function isName(text: string): boolean {
  // Most are ASCII, which is found out sooner.
  return /^[A-Za-z_]/.test(text) || /^[@$#]*[\p{L}_]/u.test(text);
}

type Add = (node: number, fact: IdentifierFacts) => void;

function addUnit(
  tree: SyntaxTree,
  unit: Units['list'][number],
  logical: LogicalLines,
  add: Add,
): void {
  const line = tree.startLine(unit.node);
  const scopeLines = logicalLinesIn(logical, tree, unit.node);
  // Keyed by the unit around it: its own name belongs there.
  const outside = tree.parentOf(unit.node);
  const given = isGiven(tree, unit);
  if (!unit.closure && !given)
    add(Math.max(0, outside), {
      name: unit.name,
      kind: 'function',
      line,
      scopeLines,
      loopIndex: false,
    });
  for (const { name } of parameterFacts(tree, unit)) {
    if (name.length <= 2 && isNamedByType(tree, unit, name)) continue;
    add(unit.node, { name, kind: 'parameter', line, scopeLines, loopIndex: false });
  }
}

function addClass(tree: SyntaxTree, node: number, logical: LogicalLines, add: Add): void {
  const line = tree.startLine(node);
  const scopeLines = linesFrom(logical, node, tree.size);
  add(node, { name: className(tree, node), kind: 'class', line, scopeLines, loopIndex: false });
}

function addTargets(
  tree: SyntaxTree,
  node: number,
  { units, logical }: { units: Units; logical: LogicalLines },
  add: Add,
): void {
  const target = targetOf(tree, node);
  if (target < 0 || isTypeVariable(tree, node)) return;
  const leaves = targetLeaves(tree, target);
  if (leaves.length === 0) return;
  const loopIndex = isLoopTarget(tree, node);
  const end = scopeEnd(tree, node, units);
  const isField = tree.kind(node) === 'field' || isOfClass(tree, node);
  for (const leaf of leaves) {
    const line = tree.startLine(leaf);
    const name = wordOf(tree, leaf);
    const atTop = (units.of[leaf] ?? -1) < 0;
    const kind =
      isField || name.startsWith('@') ? 'field' : isConstant(name, atTop) ? 'constant' : 'variable';
    add(leaf, { name, kind, line, scopeLines: linesFrom(logical, leaf, end), loopIndex });
  }
}

/** Bound in the body of a class itself: it lives there, and not on. */
function isOfClass(tree: SyntaxTree, node: number): boolean {
  return classAround(tree, node) >= 0;
}

function classAround(tree: SyntaxTree, node: number): number {
  if (!/^(python|ruby)$/.test(tree.table.language)) return -1;
  const around = tree.above(node, 'class', 'function', 'closure');
  return around >= 0 && tree.kind(around) === 'class' ? around : -1;
}

function isConstant(name: string, atTop: boolean): boolean {
  return atTop && /^[A-Z][A-Z0-9_]+$/.test(name);
}

function isLoopTarget(tree: SyntaxTree, node: number): boolean {
  const kind = tree.kind(node);
  if (kind === 'loop' || tree.type(node) === 'for_in_clause' || tree.type(node) === 'range_clause')
    return true;
  const parent = tree.parentOf(node);
  if (parent < 0) return false;
  const up = tree.parentOf(parent);
  return (
    loopHeaders.has(tree.fieldName(node)) || (up >= 0 && loopHeaders.has(tree.fieldName(parent)))
  );
}

const loopHeaders = new Set<string | null>(['init', 'initializer', 'initialize']);

/** The part of a node that declares names, or -1. */
function targetOf(tree: SyntaxTree, node: number): number {
  const kind = tree.kind(node);
  if (kind === 'declarator') return tree.field(node, 'name', 'pattern', 'declarator');
  if (kind === 'field') return fieldTarget(tree, node);
  if (kind === 'loop') return bindingTarget(tree, node);
  if (kind === 'assignment') return assignmentTarget(tree, node);
  const type = tree.type(node);
  if (type === 'for_in_clause' || type === 'range_clause') return tree.field(node, 'left');
  if (type === 'property_element') return tree.namedChildren(node)[0] ?? -1;
  return type === 'declaration' ? plainDeclaration(tree, node) : -1;
}

function fieldTarget(tree: SyntaxTree, node: number): number {
  const name = tree.field(node, 'name', 'declarator', 'property');
  if (name < 0) return -1;
  const type = tree.type(name);
  return type === 'function_declarator' || type === 'variable_declarator' ? -1 : name;
}

/** C++ `int x;` has no init_declarator. */
function plainDeclaration(tree: SyntaxTree, node: number): number {
  const declarator = tree.field(node, 'declarator');
  return declarator >= 0 && tree.kind(declarator) === 'identifier' ? declarator : -1;
}

/** Only where assigning declares: an assignment in Java or C# is to a name declared elsewhere. */
function assignmentTarget(tree: SyntaxTree, node: number): number {
  const { language } = tree.table;
  if (language === 'go')
    return tree.type(node) === 'short_var_declaration' ? tree.field(node, 'left') : -1;
  return language === 'python' || language === 'ruby' || language === 'php'
    ? tree.field(node, 'left')
    : -1;
}

const targetSkips = new Set(['member', 'index', 'call', 'type', 'closure']);

function targetLeaves(tree: SyntaxTree, target: number): number[] {
  const leaves: number[] = [];
  const end = tree.endOf(target);
  for (let node = target; node < end && leaves.length < limits.targets;) {
    const kind = tree.kind(node);
    const isSize = tree.fieldName(node) === 'size';
    if (isSize || (kind !== undefined && targetSkips.has(kind))) {
      node = tree.endOf(node);
      continue;
    }
    const isVariable = tree.type(node) === 'variable_name';
    if (
      kind === 'identifier' &&
      (isVariable || tree.isLeaf(node)) &&
      !/^type_|^property_identifier$/.test(bareType(tree, node, target))
    ) {
      leaves.push(node);
      node = tree.endOf(node);
      continue;
    }
    node += 1;
  }
  return leaves;
}

/** Keys of object patterns are no declarations; the name of a field is. */
function bareType(tree: SyntaxTree, node: number, target: number): string {
  return node === target ? '' : tree.type(node);
}

/** Logical lines from the one that a node stands in to the end of a scope. */
function linesFrom({ before }: LogicalLines, node: number, end: number): number {
  return 1 + before[end]! - before[node + 1]!;
}

/** The node after a scope. Python, Ruby and PHP scopes are functions, not blocks. */
function scopeEnd(tree: SyntaxTree, node: number, units: Units): number {
  const { language } = tree.table;
  if (language === 'python' || language === 'ruby' || language === 'php') {
    const type = classAround(tree, node);
    return tree.endOf(type >= 0 ? type : (units.list[units.of[node] ?? -1]?.node ?? 0));
  }
  const scope = tree.above(node, 'block', 'class', 'loop', 'function', 'closure');
  return tree.endOf(scope < 0 ? 0 : scope);
}

const identifiersOf = nodesOf('identifier');

/** Every name in the code, sorted by code point. */
export function symbolsOf(tree: SyntaxTree): string[] {
  const spelled = new Set<string>();
  for (const node of identifiersOf(tree)) if (tree.isLeaf(node)) spelled.add(wordOf(tree, node));
  const names = new Set<string>();
  for (const name of spelled) names.add(/^[@$#:]/.test(name) ? name.replace(/^[@$#:]+/, '') : name);
  return [...names]
    .filter((name) => name.length <= 120 && name !== '')
    .sort()
    .slice(0, limits.symbols);
}
