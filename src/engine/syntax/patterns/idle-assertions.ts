import { callAt, argumentNodes, receiverAt } from '../calls.ts';
import { deadBranch } from '../dead-branches.ts';
import { settledCondition } from '../settled-conditions.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { bodyOf } from '../tree-questions.ts';
import { comparedIn, sidesOf } from './same-calls.ts';

/** Nodes around an assertion and statements before it that are looked at, and characters of a text. */
const limits = { levels: 40, before: 50, text: 400 };

/**
 * Whether no answer of the code can make an assertion fail its test: it is never run, whoever catches its failure does
 * nothing about it, it is only run where it holds, or it holds for any answer.
 *
 * @param from first node of the test
 */
export function isIdleAssertion(tree: SyntaxTree, node: number, from: number): boolean {
  return holdsForAny(tree, node) || isCutOff(tree, node, from);
}

function isCutOff(tree: SyntaxTree, node: number, from: number): boolean {
  let inner = node;
  for (let level = 0; level < limits.levels && inner > from; level += 1) {
    const around = tree.parentOf(inner);
    if (around < 0) return false;
    const kind = tree.kind(around);
    if (isNeverRun(tree, around, inner)) return true;
    if (kind === 'try' && isSwallowed(tree, around, inner)) return true;
    if (kind === 'if' && isAskedBy(tree, around, node, inner)) return true;
    if (isAskedBefore(tree, around, inner, node)) return true;
    inner = around;
  }
  return false;
}

function isNeverRun(tree: SyntaxTree, around: number, inner: number): boolean {
  const dead = deadBranch(tree, around);
  if (dead >= 0 && dead <= inner && inner < tree.endOf(dead)) return true;
  // `[].forEach((row) => …)`
  if (tree.kind(around) !== 'call' || tree.kind(inner) === 'member') return false;
  const receiver = receiverAt(tree, around);
  return receiver >= 0 && /^\[\s*\]$/.test(tree.excerpt(receiver, 10));
}

/** In the tried part of a `try` of which a handler takes the failure of an assertion and does nothing. */
function isSwallowed(tree: SyntaxTree, around: number, inner: number): boolean {
  const kind = tree.kind(inner);
  if (kind === 'catch' || kind === 'finally' || !throwing.has(tree.table.language)) return false;
  // Whoever tries again may be waiting.
  if (tree.kind(tree.above(around, 'loop', 'function', 'closure')) === 'loop') return false;
  return tree
    .namedChildren(around)
    .filter((child) => tree.kind(child) === 'catch')
    .some((handler) => takesFailures(tree, handler) && doesNothing(tree, handler));
}

/** Where the failure of an assertion is an error that a handler can take. */
const throwing = new Set(['javascript', 'typescript', 'tsx', 'python', 'java', 'csharp', 'php']);

function takesFailures(tree: SyntaxTree, handler: number): boolean {
  const { language } = tree.table;
  if (tree.table.closuresAreUnits) return true;
  const body = bodyOf(tree, handler);
  const end = (body < 0 ? tree.stop[handler] : tree.start[body]) ?? 0;
  const head = tree.source.slice(tree.start[handler] ?? 0, end);
  if (/\bAssert\w*(Error|Exception)\b|ExpectationFailed/.test(head)) return true;
  if (language === 'java') return /\b(Throwable|Error)\b/.test(head);
  if (language === 'php') return /\b(Throwable|Exception)\b/.test(head);
  return /\b(Base)?Exception\b/.test(head) || !/[A-Za-z]/.test(head.replace(/^(catch|except)/, ''));
}

/** Nothing that could fail the test, end it otherwise or be noted for later. */
function doesNothing(tree: SyntaxTree, handler: number): boolean {
  const body = bodyOf(tree, handler);
  if (body < 0) return true;
  const text = tree
    .excerpt(body, limits.text)
    .replaceAll(/\/\/.*|#.*|\/\*[\s\S]*?\*\/|"[^"\n]*"|'[^'\n]*'/g, '');
  return text.length < limits.text && !acting.test(text);
}

const acting =
  /\b(throw|raise|fail\w*|assert\w*|Assert\w*|expect\w*|should\w*|done|reject|exit|abort|skip\w*|verify\w*|check\w*|push|append|add)\b|(?<![=!<>])=(?![=>])|\+\+/;

/** `if (total === 3) assert.equal(total, 3)` */
function isAskedBy(tree: SyntaxTree, check: number, node: number, inner: number): boolean {
  const then = tree.field(check, 'consequence', 'body');
  // Go's own tests fail by a call in such a branch.
  if (then < 0 || inner !== then || tree.table.language === 'go') return false;
  return isSameQuestion(tree, check, node, true);
}

/** `if (total !== 3) return; assert.equal(total, 3);`, and what stands after a `return`. */
function isAskedBefore(tree: SyntaxTree, block: number, inner: number, node: number): boolean {
  if (!tree.isStatement(inner) && tree.kind(block) !== 'block') return false;
  const before = tree.namedChildren(block).filter((one) => one < inner);
  return before.slice(-limits.before).some((one) => {
    if (tree.kind(one) === 'return') return true;
    const check = tree.kind(one) === 'if' ? one : -1;
    if (check < 0 || tree.field(check, 'alternative') >= 0) return false;
    const then = tree.excerpt(tree.field(check, 'consequence', 'body'), 40);
    return /^[\s{:]*return\s*;?\s*\}?$/.test(then) && isSameQuestion(tree, check, node, false);
  });
}

/** @param holds whether the assertion is run where the condition holds, or where it does not */
function isSameQuestion(tree: SyntaxTree, check: number, node: number, holds: boolean): boolean {
  const sides = sidesOf(tree, node).map(squeezed);
  const text = tree.excerpt(tree.field(check, 'condition'), limits.text).trim();
  const bare = text.replace(/^\(\s*(.*)\)$/s, '$1').trim();
  const negated = /^(!(?!=)|not\b)/.test(bare);
  const asked = comparedIn(bare.replace(/^(!(?!=)|not\b)\s*/, '')).map(squeezed);
  if (sides.length !== 2 || asked.length !== 2) return false;
  const differs = /!=|\bis not\b/.test(bare) !== negated;
  return differs !== holds && asked.every((side) => sides.includes(side)) && asked[0] !== asked[1];
}

function squeezed(text: string): string {
  return text.replaceAll(/\s/g, '');
}

/** `ok(total() || true)`, `assert total is None or total is not None`, `equal([total()].length, 1)`. */
function holdsForAny(tree: SyntaxTree, node: number): boolean {
  const text = tree.excerpt(node, limits.text);
  if (counted.test(text) || eitherWay.test(text)) return true;
  return questionsOf(tree, node).some(
    (question) =>
      /\W/.test(question) && (settledCondition(question) === true || isInItself(question)),
  );
}

/** A list that is written down, of which only the length is asked. */
const counted =
  /(?<![\w)\]])\[(?!\s*\])(?:(?!\bfor\b|\.\.\.)[^[\]])*\]\.length\b|\blen\(\[\]\w+\{[^;]*\}\)|\blen\(\[(?:(?!\bfor\b|\*)[^[\]])*\]\)|\bList\.of\([^;]*\)\.size\(\)|\bArray\.isArray\(\s*\[/;

const eitherWay =
  /\[\s*(true\s*,\s*false|false\s*,\s*true)\s*\]\.includes\(|\bin\s*[([]\s*(True\s*,\s*False|False\s*,\s*True)\s*[)\]]/;

/** What an assertion says is true, where that is one condition. */
function questionsOf(tree: SyntaxTree, node: number): string[] {
  if (tree.kind(node) === 'assert')
    return [tree.excerpt(tree.namedChildren(node)[0] ?? node, limits.text)];
  const { name, qualifier } = callAt(tree, node);
  const given = argumentNodes(tree, node).map((one) => tree.excerpt(one, limits.text));
  const [first = '', second = ''] = given;
  if (truths.test(name) || (name === 'expect' && qualifier === null)) return [first];
  if (/^(true|True)$/.test(second)) return [first];
  return /^(true|True)$/.test(first) ? [second] : [];
}

const truths = /^(ok|isTrue|True|assert|assert_?[tT]rue|truthy|IsTrue)$/;

/** `total() in (None, total())` */
function isInItself(question: string): boolean {
  const [sought = '', list] = question.split(/\s+in\s+/);
  return (
    list !== undefined &&
    /^[([{]/.test(list) &&
    sought.trim() !== '' &&
    list.includes(sought.trim())
  );
}
