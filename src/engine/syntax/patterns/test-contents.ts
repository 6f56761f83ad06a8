import { ownName } from '../../own-name.ts';
import type { TestCaseFacts } from '../../pattern-facts.ts';
import { argumentNodes, callAt } from '../calls.ts';
import type { Kind } from '../languages/language-table.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { lastName } from '../tree-questions.ts';
import { standIns } from './fixed-names.ts';
import { isFrameworkCall } from './framework-calls.ts';
import { boundNames } from './bound-names.ts';

const limits = { calls: 200, literals: 40, literalLength: 60 };

/** The stretch of a test case that is run, what it is run with, and the names in the file that are no code. */
export interface Stretch {
  from: number;
  to: number;
  given: string;
  foreign: ReadonlySet<string>;
}

/** What a test case calls and uses, the literals in it, and its shape without them. */
export function contentsOf(
  tree: SyntaxTree,
  { from, to, given, foreign }: Stretch,
): Pick<TestCaseFacts, 'calls' | 'reads' | 'handed' | 'literals' | 'shape'> {
  const calls = new Set<string>();
  const used = { reads: new Set<string>(), handed: new Set<string>() };
  const own = new Set([...foreign, ...standIns(tree, from, to)]);
  const literals: string[] = [];
  let hash = mix(0x811c9dc5, given);
  for (let node = from; node < to;) {
    const kind = tree.kind(node);
    addCalls(tree, node, own, calls);
    addUses(tree, node, own, used);
    const isLiteral = kind !== undefined && literalKinds.has(kind);
    if (isLiteral && literals.length < limits.literals)
      literals.push(tree.excerpt(node, limits.literalLength));
    hash = isLiteral ? mix(hash, '<literal>') : mixLeaf(tree, node, hash);
    node = isLiteral || kind === 'comment' ? tree.endOf(node) : node + 1;
  }
  return {
    calls: first(calls),
    ...ifAny({ reads: first(used.reads), handed: first(used.handed) }),
    literals,
    shape: (hash >>> 0).toString(16).padStart(8, '0'),
  };
}

/** Without the lists that are empty. */
function ifAny<T extends Record<string, string[]>>(lists: T): Partial<T> {
  const filled = Object.entries(lists).filter(([, list]) => list.length > 0);
  return Object.fromEntries(filled) as Partial<T>;
}

function first(names: ReadonlySet<string>): string[] {
  return [...names].slice(0, limits.calls);
}

const literalKinds = new Set<Kind>(['string', 'number', 'boolean', 'null']);

function mixLeaf(tree: SyntaxTree, node: number, hash: number): number {
  if (tree.kind(node) === 'comment' || !tree.isLeaf(node)) return hash;
  const start = tree.start[node]!;
  return mix(hash, tree.source, start, Math.min(tree.stop[node]!, start + 100));
}

/** FNV-1a over a part of a text. */
function mix(hash: number, text: string, from = 0, to = text.length): number {
  let mixed = hash;
  for (let at = from; at < to; at += 1) mixed = Math.imul(mixed ^ text.charCodeAt(at), 0x01000193);
  return mixed;
}

/** Adds the name that a node calls, unless it is the framework's or of what stands in for the code. */
export function addCalls(
  tree: SyntaxTree,
  node: number,
  foreign: ReadonlySet<string>,
  calls: Set<string>,
): void {
  const kind = tree.kind(node);
  const names =
    kind === 'string'
      ? fieldsAsked(tree.excerpt(node, 4_000))
      : kind === undefined
        ? callsWithoutKind(tree, node)
        : kind === 'call' || kind === 'new'
          ? nameCalled(tree, node, foreign)
          : [];
  for (const name of names) calls.add(name);
}

function nameCalled(tree: SyntaxTree, node: number, foreign: ReadonlySet<string>): string[] {
  const call = callAt(tree, node);
  if (call.name === '' || isFrameworkCall(tree, call)) return [];
  const on = call.qualifier ?? call.name;
  if (recording.test(on) || isOf(foreign, on)) return [];
  const type = call.name === 'new' ? typeNewed(tree, node, on) : null;
  return type === null ? [call.name] : [call.name, type];
}

/** `Amount.new` of Ruby, and `described_class.new` in `RSpec.describe Amount`. */
function typeNewed(tree: SyntaxTree, node: number, on: string): string | null {
  if (on !== 'described_class') return /([A-Z]\w*)$/.exec(on)?.[1] ?? null;
  for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
    if (tree.kind(up) !== 'call' || callAt(tree, up).name !== 'describe') continue;
    const type = /([A-Z]\w*)$/.exec(tree.excerpt(argumentNodes(tree, up)[0] ?? up, 100))?.[1];
    if (type !== undefined) return type;
  }
  return null;
}

/** `verify(store).save(…)`, `doThrow(…).when(store).save(…)`, `store.Received(1).Save(…)`: of a double. */
const recording =
  /(?:^|\.)(?:verify|when|given|then|should|Received\w*|DidNotReceive\w*)\([^()]*(?:\([^()]*\))?[^()]*\)$/;

/** Whether `$this->repository->find` or `repository.find` is of one of the names. */
export function isOf(names: ReadonlySet<string>, qualifier: string): boolean {
  return names.has(ownName(qualifier));
}

/** Adds members that are read, which may be computed, and names that are handed over for others to call. */
export function addUses(
  tree: SyntaxTree,
  node: number,
  foreign: ReadonlySet<string>,
  { reads, handed }: { reads: Set<string>; handed: Set<string> },
): void {
  const kind = tree.kind(node);
  if (kind === 'member' && tree.fieldName(node) !== 'function') {
    if (!isOf(foreign, tree.excerpt(node, 100))) reads.add(lastName(tree, node));
  } else if (kind === 'call' || kind === 'new')
    for (const name of namesHanded(tree, node)) if (!foreign.has(name)) handed.add(name);
}

/** `invoke(cli, ["add"])`, `Thread(target=work)`, `assertRaises(ValueError, parse, "")`; what is compared is not called. */
function namesHanded(tree: SyntaxTree, node: number): string[] {
  const call = callAt(tree, node);
  if (asksOnly.test(call.name)) return [];
  const raises = /raises$/i.test(call.name);
  if (isFrameworkCall(tree, call) && !raises) return [];
  const names = argumentNodes(tree, node)
    .slice(raises ? 1 : 0)
    .map((argument) =>
      tree.type(argument) === 'keyword_argument' ? tree.field(argument, 'value') : argument,
    )
    .filter((argument) => tree.kind(argument) === 'identifier' && tree.isLeaf(argument))
    .map((argument) => tree.text(argument));
  const bound = boundNames(tree);
  return names.filter((name) => !bound.has(name));
}

/** Look at what they are given without calling it. */
const asksOnly = /^(isinstance|issubclass|type|typeof|print\w*|str|repr|len|id|hasattr|log|super)$/;

/** Fields of a GraphQL document, each of which a resolver of its name answers. */
function fieldsAsked(text: string): string[] {
  if (!document.test(text)) return [];
  const fields = text
    .replaceAll(/"[^"\n]*"|#.*|\([^()]*\)/g, ' ')
    .matchAll(/(?<![$\w.@])[a-z_]\w*(?!\w|\s*:)/gi);
  return [...new Set([...fields].map(([name]) => name))].slice(0, limits.calls);
}

const document =
  /^[`'"]{1,3}(#graphql)?\s*((query|mutation|subscription)\b[^{}]*)?\{\s*[a-z_]\w*\s*(\([^{}]*(\{[^{}]*\}[^{}]*)*\))?\s*[\s{}a-z_]/i;

/** What macros of Rust call, and a component that is drawn: `render(<Search />)`. */
function callsWithoutKind(tree: SyntaxTree, node: number): string[] {
  const type = tree.type(node);
  if (type === 'token_tree') return macroCalls(tree, node);
  if (type === 'declaration' || type === 'compound_literal_expression') return typeMade(tree, node);
  if (!/^jsx_(opening|self_closing)_element$/.test(type)) return [];
  const name = lastName(tree, tree.field(node, 'name'));
  return /^[A-Z]/.test(name) ? [name] : [];
}

/** The class of C++ of which a declaration makes an object: `Cache<int> cache{2};`, `Cache<int>{2}`. */
function typeMade(tree: SyntaxTree, node: number): string[] {
  if (tree.table.language !== 'cpp') return [];
  const type = tree.field(node, 'type');
  const declared = tree.field(node, 'declarator');
  const points = declared >= 0 && /^[*&]/.test(tree.excerpt(declared, 1));
  return type < 0 || points ? [] : [lastName(tree, type)];
}

/** Rust leaves macro arguments as tokens: a name before a bracket is a call. */
function macroCalls(tree: SyntaxTree, node: number): string[] {
  const children = tree.children(node);
  return children
    .filter(
      (child, at) =>
        tree.kind(child) === 'identifier' && tree.excerpt(children[at + 1] ?? child, 1) === '(',
    )
    .map((child) => tree.text(child));
}
