import { callAt, type Call } from '../calls.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { lastName } from '../tree-questions.ts';
import { isOnDouble } from './doubles.ts';
import { isFrameworkCall } from './framework-calls.ts';
import { makersOf } from './test-set-up.ts';

/** Names that are kept of a test, and receivers of each. */
const limits = { calls: 200, receivers: 8 };

/** What a test calls: what each call is made on, by the name called; '' for nothing. */
export type CallsByName = Map<string, Set<string>>;

/** Adds what a node of a test calls of the code. @param foreign names in the test that are not the code's */
export function addCalls(
  tree: SyntaxTree,
  node: number,
  foreign: ReadonlySet<string>,
  calls: CallsByName,
): void {
  const kind = tree.kind(node);
  if (kind === 'call' || kind === 'new') addNamed(tree, node, foreign, calls);
  else if (kind === undefined)
    for (const name of callsWithoutKind(tree, node)) addCall(calls, name, '');
}

function addNamed(
  tree: SyntaxTree,
  node: number,
  foreign: ReadonlySet<string>,
  calls: CallsByName,
): void {
  const call = callAt(tree, node);
  if (call.name === '' || isFrameworkCall(tree, call) || isStandIn(call, foreign)) return;
  if (isOnDouble(tree, node, call, foreign)) return;
  addCall(calls, call.name, call.qualifier ?? '');
  if (call.qualifier === null || /^(this|self)$/.test(call.qualifier))
    for (const maker of makersOf(tree).get(call.name) ?? []) addCall(calls, maker, '');
}

function isStandIn({ name, qualifier }: Call, foreign: ReadonlySet<string>): boolean {
  return qualifier === null && foreign.has(name);
}

/** Names called, of a limited number. */
export function namesOf(calls: CallsByName): string[] {
  return [...calls.keys()].slice(0, limits.calls);
}

function addCall(calls: CallsByName, name: string, receiver: string): void {
  const known = calls.get(name) ?? new Set();
  known.add(known.size < limits.receivers ? receiver : '');
  calls.set(name, known);
}

/** What the calls of a name are made on, where each is made on something. */
export function receiversOf(calls: CallsByName): Record<string, string[]> {
  const told = [...calls].slice(0, limits.calls).filter(([, receivers]) => !receivers.has(''));
  return Object.fromEntries(told.map(([name, receivers]) => [name, [...receivers]]));
}

/** What macros of Rust call, and a component that is drawn: `render(<Search />)`. */
function callsWithoutKind(tree: SyntaxTree, node: number): string[] {
  const type = tree.type(node);
  if (type === 'token_tree') return macroCalls(tree, node);
  if (!/^jsx_(opening|self_closing)_element$/.test(type)) return [];
  const name = lastName(tree, tree.field(node, 'name'));
  return /^[A-Z]/.test(name) ? [name] : [];
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
