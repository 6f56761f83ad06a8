import type { TestCaseFacts } from '../../pattern-facts.ts';
import type { Kind } from '../languages/language-table.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { digits, hashStart, hashText, hashToken } from '../token-hash.ts';
import { standIns } from './fixed-names.ts';
import { addCalls, addUses, receiversOf, type CallsByName } from './test-calls.ts';

/** Names and literals kept of a test, and characters of a literal. */
const limits = { names: 200, literals: 40, literalLength: 60 };

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
): Pick<TestCaseFacts, 'calls' | 'calledOn' | 'reads' | 'handed' | 'literals' | 'shape'> {
  const calls: CallsByName = new Map();
  const used = { reads: new Set<string>(), handed: new Set<string>() };
  const own = new Set([...foreign, ...standIns(tree, from, to)]);
  const literals: string[] = [];
  let hash = hashText(hashStart, given);
  for (let node = from; node < to;) {
    const kind = tree.kind(node);
    addCalls(tree, node, own, calls);
    addUses(tree, node, own, used);
    const isLiteral = kind !== undefined && literalKinds.has(kind);
    if (isLiteral && literals.length < limits.literals) literals.push(literalAt(tree, node));
    hash = isLiteral ? hashText(hash, '<literal>') : hashLeaf(tree, node, hash);
    node = isLiteral || kind === 'comment' ? tree.endOf(node) : node + 1;
  }
  return {
    calls: first(calls.keys()),
    calledOn: receiversOf(calls),
    ...ifAny({ reads: first(used.reads), handed: first(used.handed) }),
    literals,
    shape: digits(hash),
  };
}

/** A literal as written; of a long one the beginning, and a hash of all of it: texts may differ only at their ends. */
function literalAt(tree: SyntaxTree, node: number): string {
  const text = tree.text(node);
  if (text.length <= limits.literalLength) return text;
  return `${text.slice(0, limits.literalLength)}${digits(hashText(hashStart, text))}`;
}

/** Without the lists that are empty. */
function ifAny<T extends Record<string, string[]>>(lists: T): Partial<T> {
  const filled = Object.entries(lists).filter(([, list]) => list.length > 0);
  return Object.fromEntries(filled) as Partial<T>;
}

function first(names: Iterable<string>): string[] {
  return [...names].slice(0, limits.names);
}

const literalKinds = new Set<Kind>(['string', 'number', 'boolean', 'null']);

function hashLeaf(tree: SyntaxTree, node: number, hash: number): number {
  return tree.kind(node) === 'comment' || !tree.isLeaf(node) ? hash : hashToken(hash, tree, node);
}
