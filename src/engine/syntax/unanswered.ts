import type { UnansweredCall } from '../call-facts.ts';
import { argumentNodes, callAt } from './calls.ts';
import type { Kind } from './languages/language-table.ts';
import { oncePerType } from './once-per-type.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { operatorOf } from './tree-questions.ts';

/** What one place calls and writes, kept while the tree is walked. */
export interface CallsAndWrites {
  /** Names that are called without use of the answer, and whether each time with literals alone. */
  dropped: Map<string, boolean>;
  /** The same of answers that only one variable holds: name of the variable to the call. */
  held: [variable: string, call: UnansweredCall][];
  /** Names that are called with nothing but literals, and whether that is all that is done with them. */
  constants: Map<string, boolean>;
  /** Names that it declares by a keyword or as a parameter, and names that it assigns to. */
  declared: Set<string>;
  assigned: Set<string>;
  /** Writes to a field or an element. */
  writes: boolean;
}

export function emptyCallsAndWrites(): CallsAndWrites {
  return {
    dropped: new Map(),
    held: [],
    constants: new Map(),
    declared: new Set(),
    assigned: new Set(),
    writes: false,
  };
}

/** Notes a call whose answer is not used. @returns whether the name is in such a call */
export function noteUnanswered(
  tree: SyntaxTree,
  node: number,
  name: string,
  into: CallsAndWrites,
): boolean {
  const call = callOf(tree, node, name);
  const constant = noteConstant(tree, call, name, into);
  if (call < 0) return false;
  let whole = call;
  while (wrappers.has(tree.kind(tree.parentOf(whole)) ?? 'call')) whole = tree.parentOf(whole);
  const holder = tree.parentOf(whole);
  if (holder < 0 || isExpectedToFail(tree, whole)) return false;
  if (isDropped(tree, holder, whole)) {
    into.dropped.set(name, constant && (into.dropped.get(name) ?? true));
    return true;
  }
  const variable = variableOf(tree, holder);
  if (variable === null) return false;
  into.held.push([variable, { name, constant }]);
  return true;
}

/** `with pytest.raises(ValueError): parse('')` asks what the call does with what it is given. */
function isExpectedToFail(tree: SyntaxTree, call: number): boolean {
  if (tree.table.language !== 'python') return false;
  const around = tree.above(call, 'resource', 'function');
  return (
    around >= 0 &&
    tree.kind(around) === 'resource' &&
    /^(async\s+)?with\s+[\w.]*(raises|assertRaises\w*|warns|assertWarns\w*)\(/.test(
      tree.excerpt(around, 60),
    )
  );
}

/** Notes whether a name is called with literals; @returns whether with nothing else */
function noteConstant(
  tree: SyntaxTree,
  call: number,
  name: string,
  { constants }: CallsAndWrites,
): boolean {
  const given = call < 0 ? [] : argumentNodes(tree, call);
  const constant = given.every((argument) => isLiteral(tree, argument));
  constants.set(name, constant && given.length > 0 && (constants.get(name) ?? true));
  return constant;
}

const wrappers: ReadonlySet<Kind> = new Set<Kind>(['await', 'paren']);

/** The call that a name is the callee of, or -1. */
function callOf(tree: SyntaxTree, node: number, name: string): number {
  const parent = tree.parentOf(node);
  const call = tree.kind(parent) === 'member' ? tree.parentOf(parent) : parent;
  if (call < 0 || tree.kind(call) !== 'call' || callAt(tree, call).name !== name) return -1;
  // An argument of that name is another matter.
  return argumentNodes(tree, call).some((one) => one <= node && node < tree.endOf(one)) ? -1 : call;
}

function isDropped(tree: SyntaxTree, holder: number, whole: number): boolean {
  if (tree.type(holder) === 'expression_statement') {
    // Without its semicolon it is what a block of Rust comes to.
    return tree.table.language !== 'rust' || /;\s*$/.test(tree.excerpt(holder, 2_000));
  }
  // Ruby has no such node; the last statement is the answer of the method.
  return (
    tree.table.language === 'ruby' &&
    rubyBlocks.test(tree.type(holder)) &&
    tree.namedChildren(holder).at(-1) !== whole
  );
}

const rubyBlocks = /^(program|body_statement|then|else|do|block_body)$/;

/** `const unused = check(text)`, `_ = check(text)`: the variable that a value goes to, and nothing else does. */
function variableOf(tree: SyntaxTree, holder: number): string | null {
  const one = tree.type(holder) === 'expression_list' ? tree.parentOf(holder) : holder;
  const kind = tree.kind(one);
  if (kind !== 'declarator' && kind !== 'assignment') return null;
  const target = tree.field(one, 'name', 'left', 'pattern', 'declarator');
  if (target < 0) return null;
  const text = tree.excerpt(target, 120);
  return /^\$?\w+$/.test(text) ? text.replace('$', '') : null;
}

const literals: ReadonlySet<Kind> = new Set<Kind>(['string', 'number', 'boolean', 'null']);

function isLiteral(tree: SyntaxTree, node: number): boolean {
  if (literals.has(tree.kind(node) ?? 'call'))
    return tree.kind(node) !== 'string' || isPlain(tree, node);
  return /^-?[\d.]+$|^"[^"]*"$|^'[^']*'$/.test(tree.excerpt(node, 200));
}

function isPlain(tree: SyntaxTree, string: number): boolean {
  for (let node = string; node < tree.endOf(string); node += 1)
    if (tree.kind(node) === 'interpolation') return false;
  return true;
}

/** Whether a node declares or writes anything, by its type. */
export function changesNames(tree: SyntaxTree, node: number): boolean {
  return changeAt(tree, node) !== 'none';
}

/** Notes what a node declares or writes to. What can't be told is taken for a write. */
export function noteWrites(tree: SyntaxTree, node: number, into: CallsAndWrites): void {
  const change = changeAt(tree, node);
  if (change === 'none') return;
  if (change === 'declares') {
    for (const name of namesIn(tree, tree.field(node, 'name', 'left', 'pattern', 'declarator')))
      into.declared.add(name);
  } else if (change === 'assigns') {
    const target = tree.field(node, 'left', 'argument', 'operand');
    const text = tree.excerpt(target < 0 ? node : target, 120).replaceAll(/\+\+|--|\$/g, '');
    if (/^\w+$/.test(text.trim())) into.assigned.add(text.trim());
    else into.writes = true;
  } else if (change === 'writes' || isStreamed(tree, node)) into.writes = true;
}

/** `out << row;` and `in >> row;` of C++, `rows << row` of Ruby: shifting bits for nothing is no statement. */
function isStreamed(tree: SyntaxTree, node: number): boolean {
  if (!/^(<<|>>)$/.test(operatorOf(tree, node))) return false;
  return (
    tree.table.language === 'ruby' || tree.type(tree.parentOf(node)) === 'expression_statement'
  );
}

type Change = 'declares' | 'assigns' | 'writes' | 'may stream' | 'none';

/** What a node does to names, by its type: most do nothing. */
const changeAt = oncePerType((tree, node): Change => {
  const kind = tree.kind(node);
  const type = tree.type(node);
  if (kind === 'declarator' || type === 'short_var_declaration') return 'declares';
  if (kind === 'assignment' || kind === 'augmented' || writing.has(type)) return 'assigns';
  if (kind === 'binary' && /^(cpp|ruby)$/.test(tree.table.language)) return 'may stream';
  return outward.has(type) ? 'writes' : 'none';
});

const writing: ReadonlySet<string> = new Set([
  'inc_statement',
  'dec_statement',
  'update_expression',
]);
const outward: ReadonlySet<string> = new Set([
  'send_statement',
  'global_statement',
  'nonlocal_statement',
  'global_declaration',
  'delete_statement',
  'delete_expression',
  'unset_statement',
  'yield',
  'yield_expression',
  'yield_statement',
]);

function namesIn(tree: SyntaxTree, target: number): string[] {
  return target < 0 ? [] : (tree.excerpt(target, 200).match(/\w+/g) ?? []);
}

/** Languages in which an assignment declares. */
const declaring = /^(python|ruby|php)$/;

/** Whether a place may change something that outlives it. */
export function writesOutside(
  { writes, assigned, declared }: CallsAndWrites,
  language: string,
): boolean {
  return writes || (!declaring.test(language) && [...assigned].some((name) => !declared.has(name)));
}

/** What a place only calls for nothing. @param isUsed of a name, anywhere in the file */
export function unansweredIn(
  { dropped, held }: CallsAndWrites,
  used: ReadonlySet<string>,
  isUsed: (variable: string) => boolean,
): UnansweredCall[] {
  if (dropped.size === 0 && held.length === 0) return [];
  const found = new Map(dropped);
  const kept = new Set(used);
  for (const [variable, { name, constant }] of held) {
    if (isUsed(variable)) kept.add(name);
    else found.set(name, constant && (found.get(name) ?? true));
  }
  return [...found].flatMap(([name, constant]) => (kept.has(name) ? [] : { name, constant }));
}

/** Names that a place only calls, with nothing but literals. */
export function constantCallsIn({ constants }: CallsAndWrites): string[] {
  return [...constants].flatMap(([name, always]) => (always ? [name] : []));
}
