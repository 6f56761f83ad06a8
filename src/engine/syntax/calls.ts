import { oncePerNode } from './once-per-node.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { lastName } from './tree-questions.ts';

/** What is called, on what, with how many arguments. */
export interface Call {
  node: number;
  name: string;
  /** At most 80 characters. */
  qualifier: string | null;
  /** `qualifier.name`: one text for all that look it up. */
  spelled: string;
  arguments: number;
}

const receiverFields = [
  'object',
  'receiver',
  'operand',
  'expression',
  'argument',
  'scope',
  'path',
  'value',
];

const receiverOfName = ['object', 'receiver', 'scope'];

/** Reads a `call` or `new` node; works for every grammar by its field names. */
export const callAt = oncePerNode(readCall);

function readCall(tree: SyntaxTree, node: number): Readonly<Call> {
  const direct = tree.field(node, 'method', 'macro');
  const name =
    direct >= 0 ? direct : tree.field(node, 'function') >= 0 ? -1 : tree.field(node, 'name');
  const callee = name >= 0 ? name : calleeOf(tree, node);
  const receiver = name >= 0 ? tree.field(node, ...receiverOfName) : receiverIn(tree, callee);
  const last = callee < 0 || nameless.has(tree.type(callee)) ? '' : lastName(tree, callee);
  const qualifier = receiver < 0 ? null : qualifierText(tree, receiver);
  return {
    node,
    name: last,
    qualifier,
    spelled: qualifier === null ? last : `${qualifier}.${last}`,
    arguments: argumentNodes(tree, node).length,
  };
}

/** The name of the method that runs: Ruby calls `price=` where a value is assigned to `order.price`. */
export function methodCalled(tree: SyntaxTree, node: number): string {
  const { name } = callAt(tree, node);
  const isSet =
    tree.table.language === 'ruby' &&
    tree.fieldName(node) === 'left' &&
    tree.type(tree.parentOf(node)).endsWith('assignment');
  return isSet && name !== '' ? `${name}=` : name;
}

/** What a call is made on, or -1. */
export function receiverAt(tree: SyntaxTree, node: number): number {
  const direct = tree.field(node, 'method', 'macro');
  const named = direct >= 0 || (tree.field(node, 'function') < 0 && tree.field(node, 'name') >= 0);
  return named ? tree.field(node, ...receiverOfName) : receiverIn(tree, calleeOf(tree, node));
}

/** The name that a call is made by, the last of a chain, or the call itself: where in many lines it stands. */
export function methodName(tree: SyntaxTree, node: number): number {
  const direct = tree.field(node, 'method', 'macro', 'name');
  if (direct >= 0) return direct;
  const callee = calleeOf(tree, node);
  const last =
    callee < 0 || tree.kind(callee) !== 'member' ? -1 : tree.namedChildren(callee).at(-1);
  return last === undefined || last < 0 ? node : last;
}

/** Called or made without a name: a function written in place, a Go map or slice. */
const nameless = new Set([
  'func_literal',
  'arrow_function',
  'function_expression',
  'anonymous_function',
  'lambda',
  'lambda_expression',
  'closure_expression',
  'parenthesized_expression',
  'map_type',
  'slice_type',
  'array_type',
  'implicit_length_array_type',
  'struct_type',
]);

function calleeOf(tree: SyntaxTree, node: number): number {
  const field = tree.field(node, 'function', 'constructor', 'type');
  // `Respond[Order](writer, order)` of Go calls `Respond` for a type.
  if (field >= 0 && tree.table.language === 'go' && tree.type(field) === 'index_expression')
    return tree.field(field, 'operand');
  if (field >= 0) return field;
  return tree.namedChildren(node)[0] ?? -1;
}

function receiverIn(tree: SyntaxTree, callee: number): number {
  if (callee < 0 || tree.kind(callee) !== 'member') return -1;
  return tree.field(callee, ...receiverFields);
}

function qualifierText(tree: SyntaxTree, node: number): string {
  const written = tree.excerpt(node, 240);
  const text = written.includes('\n') ? written.replaceAll(/\s*\n\s*/g, '') : written;
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** Argument nodes of a call, the argument wrappers of C# and PHP taken off. */
export const argumentNodes = oncePerNode(readArguments);

function readArguments(tree: SyntaxTree, node: number): readonly number[] {
  const list = argumentList(tree, node);
  if (list < 0) return [];
  if (tree.type(list) === 'token_tree') return tree.isLeaf(list) ? [] : macroArguments(tree, list);
  const nodes = tree.namedChildren(list);
  for (const [at, argument] of nodes.entries())
    if (tree.type(argument) === 'argument')
      nodes[at] = tree.namedChildren(argument).at(-1) ?? argument;
  return nodes;
}

const argumentLists = new Set(['arguments', 'argument_list', 'token_tree']);

function argumentList(tree: SyntaxTree, node: number): number {
  const field = tree.field(node, 'arguments');
  if (field >= 0) return field;
  return tree.children(node).find((child) => argumentLists.has(tree.type(child))) ?? -1;
}

/** Rust leaves macro arguments unparsed: one node stands for each comma-separated run. */
function macroArguments(tree: SyntaxTree, list: number): number[] {
  const firsts: number[] = [];
  let fresh = true;
  for (const child of tree.children(list).slice(1, -1)) {
    const comma = tree.text(child) === ',';
    if (fresh && !comma) firsts.push(child);
    fresh = comma;
  }
  return firsts;
}

/** `this`, `self`, `cls` and the like, alone. */
export function isSelfName(text: string | null): boolean {
  return text !== null && /^(\$?this|self|Self|cls|static|base|super(\(\))?)$/.test(text);
}

/** `qualifier.name` with dots for every kind of access and without sigils. */
export const fullName = oncePerNode(spelledOut);

function spelledOut(tree: SyntaxTree, node: number): string {
  const { spelled } = callAt(tree, node);
  if (!/[$:(]|->/.test(spelled)) return spelled;
  return spelled
    .replaceAll(/::|->/g, '.')
    .replaceAll('$', '')
    .replace(/^require\(['"](?:node:)?(\w+)['"]\)/, (_, module: string) => module);
}
