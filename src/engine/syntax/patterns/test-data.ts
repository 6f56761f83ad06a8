import type { Kind } from '../languages/language-table.ts';
import { nodesOf, nodesWhere } from '../nodes-where.ts';
import { oncePerType } from '../once-per-type.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { wordOf } from '../word-of.ts';
import { bindingAt } from './fixed-names.ts';

/** Members, literals of tables that are read, and characters of each. */
const limits = { members: 40, literals: 40, literalLength: 60 };

const identifiersOf = nodesOf('identifier');
const fields = /^(property|attribute|field|key|name)$/;
const fillsIn = oncePerType((tree, node) =>
  /^(pair|keyword_argument|keyed_element|field_initializer|initializer)/.test(tree.type(node)),
);

/** Names of members that a test asks for or fills in, and of errors that it expects. */
export function membersIn(tree: SyntaxTree, from: number, to: number): string[] {
  const members = new Set<string>();
  for (const node of identifiersOf(tree, from, to))
    if (tree.isLeaf(node) && isMember(tree, node)) members.add(wordOf(tree, node));
  return [...members].slice(0, limits.members);
}

function isMember(tree: SyntaxTree, node: number): boolean {
  const parent = tree.parentOf(node);
  const isNamed = fields.test(tree.fieldName(node) ?? '');
  if (isNamed && (isRead(tree, parent) || fillsIn(tree, parent))) return true;
  return /^[A-Z]\w*(Error|Exception)$/.test(wordOf(tree, node));
}

/** `order.total`, apart from `order.total()`. */
function isRead(tree: SyntaxTree, member: number): boolean {
  if (tree.kind(member) !== 'member') return false;
  const parent = tree.parentOf(member);
  return tree.kind(parent) !== 'call' || tree.fieldName(member) === 'arguments';
}

const literals: ReadonlySet<Kind> = new Set<Kind>(['string', 'number']);
const patternsOf = nodesWhere((_, type) => type === 'regex');
const bindingsOf = nodesOf('assignment', 'declarator');

/** Literals that a test reads from what stands around it: what it is run with, and tables of the file; and patterns. */
export function tablesFor(
  tree: SyntaxTree,
  { from, to, given }: { from: number; to: number; given: string },
): string[] {
  const found = [
    ...Array.from(
      patternsOf(tree, from, to),
      (node) => `"${tree.excerpt(node, limits.literalLength)}"`,
    ),
    ...[...given.matchAll(/"[^"\n]*"|'[^'\n]*'|\b\d[\d.]*\b/g)].map(([text]) => text),
  ];
  const tables = tablesOf(tree);
  if (tables.size > 0) {
    const names = new Set(given.match(/\w+/g));
    for (const node of identifiersOf(tree, from, to)) names.add(wordOf(tree, node));
    for (const name of names) found.push(...(tables.get(name) ?? []));
  }
  return found.slice(0, limits.literals).map((text) => text.slice(0, limits.literalLength));
}

const known = new WeakMap<SyntaxTree, ReadonlyMap<string, string[]>>();

/** Literals of what is bound outside of functions, by name. */
function tablesOf(tree: SyntaxTree): ReadonlyMap<string, string[]> {
  const ready = known.get(tree);
  if (ready) return ready;
  const tables = new Map<string, string[]>();
  for (const node of bindingsOf(tree)) {
    const binding = tree.above(node, 'function', 'closure') < 0 ? bindingAt(tree, node) : null;
    if (binding === null) continue;
    const texts = literalsIn(tree, binding.value);
    if (texts.length > 0) tables.set(tree.excerpt(binding.target, 100), texts);
  }
  known.set(tree, tables);
  return tables;
}

function literalsIn(tree: SyntaxTree, value: number): string[] {
  const found: string[] = [];
  for (let node = value; node < tree.endOf(value) && found.length < limits.literals;) {
    const isLiteral = literals.has(tree.kind(node) ?? 'call');
    if (isLiteral) found.push(tree.excerpt(node, limits.literalLength));
    node = isLiteral || tree.kind(node) === 'closure' ? tree.endOf(node) : node + 1;
  }
  return found;
}
