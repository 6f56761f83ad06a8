import type { AssertionFacts } from '../../pattern-facts.ts';
import { argumentNodes, callAt, receiverAt, type Call } from '../calls.ts';
import type { Kind } from '../languages/language-table.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { isAssertionCall, isStandard, selfObjects } from './assertion-names.ts';
import { isGoFailure, isNegative, tellsFailure, type Words } from './failures.ts';
import { identities, innerNames, isArgument, matcherOf } from './matchers.ts';
import { dependsOnCode } from './fixed-names.ts';
import { isIdleAssertion } from './idle-assertions.ts';
import { isOfOneCall, textsOfNames } from './same-calls.ts';
import { isGivenNothing, isMetByAnyError, isWeakAssertion, typeAsked } from './weak-assertions.ts';

/** A case as the search for assertions needs it. */
export interface Stretch {
  from: number;
  to: number;
  /** Names that only hold what the test wrote down. */
  fixed: Set<string>;
  /** What the test calls itself. */
  title: string;
}

/** Assertions in a stretch of nodes. */
export function assertionsIn(tree: SyntaxTree, stretch: Stretch): AssertionFacts[] {
  const found: AssertionFacts[] = [];
  let bound: ReadonlyMap<string, string> | undefined;
  for (let node = stretch.from; node < stretch.to; node += 1) {
    const one = assertionAt(tree, node, stretch);
    // `expect(expect(x))` is one; what is called inside the arguments is looked at by its own node.
    if (one === null) continue;
    bound ??= textsOfNames(tree, stretch.from, stretch.to);
    const idle = one.effective && isIdleAssertion(tree, node, stretch.from);
    found.push(idle ? { ...one, effective: false } : withStrength(tree, node, one, bound));
  }
  return found;
}

function withStrength(
  tree: SyntaxTree,
  node: number,
  one: AssertionFacts,
  bound: ReadonlyMap<string, string>,
): AssertionFacts {
  if (isWeakAssertion(tree, node) || isOfOneCall(tree, node, bound)) {
    const type = typeAsked(tree, node);
    return { ...one, weak: true, ...(type === undefined ? {} : { type }) };
  }
  if (!one.negative || tree.kind(node) !== 'call' || !isMetByAnyError(tree, node)) return one;
  return {
    ...one,
    anyError: true,
    ...(isGivenNothing(tree, node) ? { givenNothing: true as const } : {}),
  };
}

/** Whether a node of kind `assert` or `call` can be an assertion at all, by its names alone. */
export function mayAssert(tree: SyntaxTree, node: number): boolean {
  return tree.kind(node) !== 'call' || callAt(tree, node).name === 'panic' || asserts(tree, node);
}

/** The assertion that a node is, or null. */
export function assertionAt(
  tree: SyntaxTree,
  node: number,
  stretch: Stretch,
): AssertionFacts | null {
  const kind = tree.kind(node);
  if (kind === 'assert') return statementAssertion(tree, node, stretch);
  if (kind === 'call' && callAt(tree, node).name !== 'panic')
    return asserts(tree, node) ? callAssertion(tree, node, stretch) : null;
  if (kind === 'throw' || kind === 'call')
    return isCheckedThrow(tree, node, stretch.from) ? certain(tree, node) : null;
  return isBareWord(tree, node) ? certain(tree, node) : null;
}

/** `user.name.should.equal('Ann')`: a property that chai adds; RSpec's `is_expected.to …`. */
function isBareWord(tree: SyntaxTree, node: number): boolean {
  const kind = tree.kind(node);
  if (kind === 'identifier' && tree.table.language === 'ruby')
    return /^(is|are)_expected$/.test(tree.excerpt(node, 13));
  if (kind !== 'member' || !tree.table.closuresAreUnits) return false;
  return tree.excerpt(tree.field(node, 'property'), 8) === 'should';
}

function certain(tree: SyntaxTree, node: number): AssertionFacts {
  return { line: tree.startLine(node), effective: true, negative: false };
}

/** Whether a call is an assertion, by name and receiver. */
function asserts(tree: SyntaxTree, node: number): boolean {
  const call = callAt(tree, node);
  if (!isAssertionCall(call, tree.table.language, tree.source)) return false;
  // `if (luhn.verify(text))`: a method of the code that bears such a name, since its answer is used.
  return !(borrowed.test(call.name) && hasReceiver(call) && isUsed(tree, node));
}

const borrowed = /^(verify|expect|should|check|assert)[A-Z_]?\w*$/i;
const uses = new Set<Kind>([
  'assignment',
  'declarator',
  'binary',
  'not',
  'ternary',
  'if',
  'switch',
]);

function isUsed(tree: SyntaxTree, node: number): boolean {
  const parent = tree.parentOf(node);
  if (parent < 0) return false;
  const kind = tree.kind(parent);
  if (kind === 'closure') return isExpected(tree, parent);
  return (kind !== undefined && uses.has(kind)) || isArgument(tree, node);
}

/** `expect(() => lock.verify(key)).toThrow()`: what is expected of it is said around it. */
function isExpected(tree: SyntaxTree, closure: number): boolean {
  const call = isArgument(tree, closure) ? tree.above(closure, 'call') : -1;
  return call >= 0 && isAssertionCall(callAt(tree, call), tree.table.language, tree.source);
}

/** `if (total !== 3) throw …` in the test itself; a `throw` in a stub is the stub's behaviour. */
function isCheckedThrow(tree: SyntaxTree, node: number, from: number): boolean {
  let checked = false;
  for (let up = tree.parentOf(node); up > from; up = tree.parentOf(up)) {
    const kind = tree.kind(up);
    if (kind === 'closure') return false;
    if (kind === 'function') break;
    if (kind === 'if' || kind === 'elif' || kind === 'else' || kind === 'case') checked = true;
  }
  return checked;
}

function statementAssertion(tree: SyntaxTree, node: number, stretch: Stretch): AssertionFacts {
  const subject = tree.namedChildren(node)[0] ?? node;
  const text = tree.excerpt(subject, 300);
  return {
    line: tree.startLine(node),
    effective: dependsOnCode(tree, subject, stretch.fixed) && !comparesToItself(text),
    negative: tellsFailure(text, stretch.title),
  };
}

/** Two calls of one text may be compared by identity, to see that one thing is handed out. */
function comparesToItself(text: string): boolean {
  const both = /^\s*(.+?)\s*(===?|is|>=|<=)\s*(.+?)\s*$/s.exec(text);
  return both !== null && both[1] === both[3] && !(both[2] === 'is' && text.includes('('));
}

function callAssertion(tree: SyntaxTree, node: number, stretch: Stretch): AssertionFacts | null {
  const call = callAt(tree, node);
  const line = tree.startLine(node);
  if (tree.table.language === 'go' && /^(Error|Fatal)f?$/.test(call.name))
    return { line, effective: true, negative: isGoFailure(tree, node, call) };
  const matcher = matcherOf(tree, node);
  const own = argumentNodes(tree, node);
  const words = {
    call,
    names: [call.name, ...matcher.names, ...innerNames(tree, own)],
    texts: textsOf(tree, node, [...own, ...matcher.arguments]),
  };
  const isUnfinished = call.name === 'expect' && matcher.names.length === 0 && !hasReceiver(call);
  const alive = isAlive(tree, node, call, stretch.fixed, matcher.arguments);
  // A helper of the tests: what it compares is written elsewhere.
  if (!alive && !isStandard(call.name)) return null;
  return {
    line,
    effective: alive && !isUnfinished && !comparesSame(words),
    negative: isNegative(tree, node, words, stretch.title),
  };
}

function textsOf(tree: SyntaxTree, node: number, compared: readonly number[]): string[] {
  return isMacro(tree, node)
    ? [tree.excerpt(tree.namedChildren(node).at(-1) ?? node, 300).slice(1, -1)]
    : compared.map((argument) => tree.excerpt(argument, 200));
}

function comparesSame({ names, texts }: Words): boolean {
  const [first = '', second] = texts;
  if (first !== second) return false;
  return !(first.includes('(') && names.some((name) => identities.test(name)));
}

function hasReceiver({ qualifier }: Call): boolean {
  return qualifier !== null && !selfObjects.test(qualifier);
}

function isAlive(
  tree: SyntaxTree,
  node: number,
  call: Call,
  fixed: Set<string>,
  matched: readonly number[],
): boolean {
  if (isMacro(tree, node)) return macroAlive(tree, node, fixed);
  if (tree.field(node, 'block') >= 0 || alwaysAlive.test(call.name)) return true;
  if (/^pass$/.test(call.name)) return false;
  if (hasReceiver(call) && !isAsserter(call)) {
    const receiver = receiverAt(tree, node);
    if (receiver < 0 || dependsOnCode(tree, receiver, fixed)) return true;
  }
  return [...argumentNodes(tree, node), ...matched]
    .flatMap((argument) => comparedWith(tree, argument))
    .some((argument) => dependsOnCode(tree, argument, fixed));
}

const plainMatchers =
  /^(eq|eql|equal|equals|equalTo|EqualTo|Equal|be|be_\w+|is|Eq|Be\w*|SameAs|closeTo|not|True|False)$/;

/** `eq(3)` is what it compares with. */
function comparedWith(tree: SyntaxTree, node: number): readonly number[] {
  if (tree.kind(node) !== 'call') return [node];
  const { name, qualifier } = callAt(tree, node);
  const plain = plainMatchers.test(name) && (qualifier === null || /^(Is|is)$/.test(qualifier));
  return plain ? argumentNodes(tree, node) : [node];
}

/** The receiver belongs to the framework and carries no value of the code. */
function isAsserter({ qualifier }: Call): boolean {
  return (
    qualifier !== null &&
    /^(\\?[\w.\\]*Assert(ions)?|chai\.assert|\w+\.assert|Truth|Check|suite|s|is|a|c|tap|qt|np\.testing|QUnit\.assert)$/.test(
      qualifier,
    )
  );
}

const alwaysAlive =
  /^(fail|Fail|flunk|raises|warns|expectException\w*|is_expected|are_expected|verify|FAIL\w*|ADD_FAILURE\w*|assert(Response|Selector|Page|Input|Checkbox|Email|Queued|Route|Browser|Status|Redirect|Json|See|DontSee|Database|Session)\w*)$/;

function isMacro(tree: SyntaxTree, node: number): boolean {
  return tree.type(node) === 'macro_invocation';
}

function macroAlive(tree: SyntaxTree, node: number, fixed: Set<string>): boolean {
  const list = tree.children(node).findLast((child) => tree.type(child) === 'token_tree') ?? node;
  const [left = '', right = ''] = tree
    .excerpt(list, 300)
    .slice(1, -1)
    .split(',')
    .map((side) => side.trim());
  return dependsOnCode(tree, list, fixed) && left !== right;
}
