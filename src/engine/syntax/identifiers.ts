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
    const type = classAround(tree, node);
    return tree.endOf(type >= 0 ? type : (units.list[units.of[node] ?? -1]?.node ?? 0));
  }
  const scope = tree.above(node, 'block', 'class', 'loop', 'function', 'closure');
  return tree.endOf(scope < 0 ? 0 : scope);

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
