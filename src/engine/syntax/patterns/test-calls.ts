import { rootName } from '../../root-name.ts';
import { argumentNodes, callAt, methodCalled, type Call } from '../calls.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { lastName } from '../tree-questions.ts';
import { boundNames, makersOf } from './bound-names.ts';
import { isFrameworkCall } from './framework-calls.ts';

/** What the calls of one name are made on that is told apart, and fields of one GraphQL document. */
const most = { receivers: 8, names: 200, fields: 200 };

/** What a test calls: what each call is made on, by the name called; '' for nothing. */
export type CallsByName = Map<string, Set<string>>;

/** What a call without a receiver is made on where that is never a method: `create(item)` in Python. */
export const onNothing = '()';

/** Languages in which a method of a class is never called by its name alone from outside. */
const bareCalls = new Set(['python', 'ruby', 'php', 'go', 'rust']);

function addCall(calls: CallsByName, name: string, receiver: string): void {
  const known = calls.get(name) ?? new Set();
  known.add(known.size < most.receivers ? receiver : '');
  calls.set(name, known);
}

/** What the calls of a name are made on, where each is made on something. */
export function receiversOf(calls: CallsByName): Record<string, string[]> {
  const told = [...calls].slice(0, most.names).filter(([, receivers]) => !receivers.has(''));
  return Object.fromEntries(told.map(([name, receivers]) => [name, [...receivers]]));
}

/** Adds the name that a node calls, unless it is the framework's or of what stands in for the code. */
export function addCalls(
  tree: SyntaxTree,
  node: number,
  foreign: ReadonlySet<string>,
  calls: CallsByName,
): void {
  const kind = tree.kind(node);
  if (kind === 'call' || kind === 'new') addNamed(tree, node, foreign, calls);
  else if (tree.type(node) === 'token_tree')
    for (const [name, on] of macroCalls(tree, node)) addCall(calls, name, on);
  else if (kind === 'identifier')
    for (const name of predicateAt(tree, node)) addCall(calls, name, '');
  else if (kind === 'string' || kind === undefined) {
    const isText = kind === 'string';
    const names = isText ? fieldsAsked(tree.excerpt(node, 4_000)) : callsWithoutKind(tree, node);
    for (const name of names) addCall(calls, name, '');
  }
}

function addNamed(
  tree: SyntaxTree,
  node: number,
  foreign: ReadonlySet<string>,
  calls: CallsByName,
): void {
  const call = callAt(tree, node);
  if (!isOfCode(tree, node, call, foreign)) return;
  addCall(
    calls,
    methodCalled(tree, node),
    call.qualifier ?? (bareCalls.has(tree.table.language) ? onNothing : ''),
  );
  for (const name of namesImplied(tree, node, call)) addCall(calls, name, '');
}

/** Of neither the framework nor what stands in for the code. */
function isOfCode(
  tree: SyntaxTree,
  node: number,
  call: Call,
  foreign: ReadonlySet<string>,
): boolean {
  if (call.name === '' || isFrameworkCall(tree, call)) return false;
  const on = call.qualifier ?? call.name;
  return !recording.test(on) && !isOf(foreign, on) && !isExpectation(tree, node);
}

/** What a call calls besides: the class that it makes an object of, and whatever made the function that is called. */
function namesImplied(tree: SyntaxTree, node: number, { name, qualifier }: Call): string[] {
  const type = name === 'new' ? typeNewed(tree, node, qualifier ?? name) : null;
  const isOwn = qualifier === null || /^(this|self)$/.test(qualifier);
  const makers = isOwn ? [...(makersOf(tree).get(name) ?? [])] : [];
  // Rails runs a job by its class.
  const job = /^perform_(now|later|async|in|at|inline)$/.test(name) ? ['perform'] : [];
  return [...(type === null ? [] : [type]), ...makers, ...job, ...actionAsked(tree, node, name)];
}

/** `post :upload, file: …` of a test of a controller of Rails asks for its action. */
function actionAsked(tree: SyntaxTree, node: number, name: string): string[] {
  if (tree.table.language !== 'ruby' || !/^(get|post|put|patch|delete)$/.test(name)) return [];
  const [first = -1] = argumentNodes(tree, node);
  const action = first < 0 ? undefined : /^:([a-z_]\w*[?!]?)$/.exec(tree.excerpt(first, 60))?.[1];
  return action === undefined ? [] : [action];
}

/** RSpec asks `valid?` for `be_valid`, and `has_items?` for `have_items`. */
function predicateAt(tree: SyntaxTree, node: number): string[] {
  if (tree.table.language !== 'ruby') return [];
  const [, kind, rest] = /^(be|have)_(?:an?_)?([a-z]\w*)$/.exec(tree.excerpt(node, 60)) ?? [];
  if (rest === undefined) return [];
  return [kind === 'be' ? `${rest}?` : `has_${rest}?`];
}

/** `store.Setup(s => s.Find(1))` of Moq. */
function isExpectation(tree: SyntaxTree, node: number): boolean {
  if (tree.table.language !== 'csharp') return false;
  const closure = tree.above(node, 'closure', 'function');
  if (closure < 0 || tree.kind(closure) !== 'closure') return false;
  const call = tree.above(closure, 'call', 'function');
  return (
    call >= 0 && tree.kind(call) === 'call' && /^(Setup|Verify)\w*$/.test(callAt(tree, call).name)
  );
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
  /(?:^|\.)(?:verify|when|given|then|should|EXPECT|Received\w*|DidNotReceive\w*)\([^()]*(?:\([^()]*\))?[^()]*\)$/;

/** Whether `$this->repository->find` or `repository.find` is of one of the names. */
function isOf(names: ReadonlySet<string>, qualifier: string): boolean {
  return names.has(rootName(qualifier));
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
  return [...new Set([...fields].map(([name]) => name))].slice(0, most.fields);
}

const document =
  /^[`'"]{1,3}(#graphql)?\s*((query|mutation|subscription)\b[^{}]*)?\{\s*[a-z_]\w*\s*(\([^{}]*(\{[^{}]*\}[^{}]*)*\))?\s*[\s{}a-z_]/i;

/** A component that is drawn: `render(<Search />)`. */
function callsWithoutKind(tree: SyntaxTree, node: number): string[] {
  const type = tree.type(node);
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

/** Rust leaves macro arguments as tokens: a name before a bracket is a call, of a type where `Type::` stands before it. */
function macroCalls(tree: SyntaxTree, node: number): [name: string, on: string][] {
  const children = tree.children(node);
  return children.flatMap((child, at): [string, string][] => {
    const isCall =
      tree.kind(child) === 'identifier' && tree.excerpt(children[at + 1] ?? child, 1) === '(';
    if (!isCall) return [];
    const before = children.slice(Math.max(0, at - 2), at).map((one) => tree.excerpt(one, 80));
    const type = before[1] === '::' ? (before[0] ?? '') : '';
    return [[tree.text(child), /^[A-Z]\w*$/.test(type) ? type : '']];
  });
}
