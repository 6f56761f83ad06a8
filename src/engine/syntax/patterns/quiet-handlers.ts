import { callAt } from '../calls.ts';
import type { SyntaxTree } from '../syntax-tree.ts';

/** Statements of the body that a handler belongs to. */
export function statementsInTry(tree: SyntaxTree, handler: number): number[] {
  const holder = tree.parentOf(handler);
  const body = holder < 0 ? -1 : tree.field(holder, 'body');
  return body < 0 ? [] : tree.namedChildren(body).filter((at) => tree.kind(at) !== 'comment');
}

/**
 * Where errors have no types to name, an empty handler drops no failure when nobody could do more about it (something is
 * closed, or loaded if it is there), and when the failure is an answer: what follows goes on without the value.
 */
export function dropsNoFailure(tree: SyntaxTree, handler: number): boolean {
  if (!tree.table.closuresAreUnits) return false;
  const statements = statementsInTry(tree, handler);
  const [only] = statements;
  if (only === undefined) return false;
  return (
    (statements.length === 1 && isBestEffort(tree, only)) ||
    isQuestion(tree, statements) ||
    asksTheSystem.test(tree.excerpt(only, 300))
  );
}

/** Files that only some systems have. */
const asksTheSystem = /["'`]\/(proc|sys)\//;

const cleanups =
  /^\s*\{?\s*(await\s+)?[\w.$?!()]*(close|destroy|unlink|rm|remove\w*|abort|kill|terminate|release|cancel|end|dispose|unref|delete|cleanup|chdir|stop|disconnect|require|import|resolve|mkdir\w*|setItem|removeItem|focus|flush|write)(Sync)?\([^;{}]*\)\s*;?\s*\}?\s*$|\b(require|import)\(|^\s*[\w.]*apply\.call\(console\.|^\s*console\.\w+\(|\bObject\.definePropert(y|ies)\(|\.return\?\.\(\)/;

/**
 * One statement that asks whether something is there or can be read as something: its failure is an answer, and
 * what follows goes on without it. A promise that is awaited alone is waited for; its failure is told elsewhere.
 */
const probes =
  /\b(JSON\.stringify|\w*[pP]arse\w*|new URL|decode\w*|(l?stat|access|exists|readlink|realpath|cwd)(Sync)?|\w*[bB]randCheck\w*|which\.sync)\s*\(|^\s*await\s+[\w$]+\s*;?\s*$/;

/** One closing call, or one that loads what may not be there. */
function isBestEffort(tree: SyntaxTree, statement: number): boolean {
  const text = tree.excerpt(statement, 400);
  return cleanups.test(text) || probes.test(text);
}

/** Statements of a try that are one question. */
const questionSize = 4;

/**
 * Values are asked for. A call whose answer nobody takes is work, unless success itself is what is returned or noted in the end,
 * or the answer is collected by it. What is waited for, and what is done to each of many, is work.
 */
function isQuestion(tree: SyntaxTree, statements: readonly number[]): boolean {
  const last = statements.at(-1) ?? 0;
  const answers = !isCall(tree, last);
  return (
    statements.length <= questionSize &&
    statements.every((one) => (isCall(tree, one) ? answers : takesValue(tree, one))) &&
    !statements.some((one) => doesWork(tree, one))
  );
}

function isCall(tree: SyntaxTree, statement: number): boolean {
  const [only] = tree.namedChildren(statement);
  return (
    tree.type(statement) === 'expression_statement' &&
    only !== undefined &&
    tree.kind(only) === 'call' &&
    !collecting.test(callAt(tree, only).name)
  );
}

/** Puts into a list, or into a buffer of its own, what was asked for. */
const collecting = /^(push|(read|close)Sync)$/;

/** A declaration, an assignment, a `return`, a branch, or another question inside. */
function takesValue(tree: SyntaxTree, statement: number): boolean {
  const kind = tree.kind(statement);
  if (kind === 'return' || kind === 'try' || kind === 'if') return true;
  if (tree.type(statement).endsWith('declaration')) return true;
  const [only] = tree.namedChildren(statement);
  if (tree.type(statement) !== 'expression_statement' || only === undefined) return false;
  // A call that is left here collects.
  return tree.kind(only) === 'call' || (tree.kind(only) === 'assignment' && !isStored(tree, only));
}

/** What was worked out is kept in something that outlives the function; a constant is only tried to be set there. */
function isStored(tree: SyntaxTree, assignment: number): boolean {
  const target = tree.field(assignment, 'left');
  const value = tree.field(assignment, 'right');
  const isConstant = /^[\w$.]+$/.test(tree.excerpt(value, 80));
  const converted = /^(String|Number|Boolean|BigInt|new Date)\(/.test(tree.excerpt(value, 12));
  return /[.[]/.test(tree.excerpt(target, 80)) && !isConstant && !converted;
}

function doesWork(tree: SyntaxTree, statement: number): boolean {
  const end = tree.endOf(statement);
  for (let at = statement; at < end; at += 1) {
    if (tree.kind(at) === 'loop' || isWaiting(tree, at)) return true;
    if (at > statement && isCall(tree, at) && !isProbed(tree, at)) return true;
  }
  return false;
}

/** Waits for what it calls; a module or a file that may not be there is only asked for. */
function isWaiting(tree: SyntaxTree, node: number): boolean {
  return (
    tree.type(node) === 'await_expression' &&
    tree.namedChildren(node).some((child) => tree.kind(child) === 'call') &&
    !/^await\s+([\w.]+\.)?(import|l?stat|access|realpath|readlink)\(/.test(tree.excerpt(node, 60))
  );
}

/** `try { mapSize.call(x); } catch { return true; }` inside of the other try. */
function isProbed(tree: SyntaxTree, call: number): boolean {
  const body = tree.parentOf(call);
  return (
    body >= 0 && tree.kind(tree.parentOf(body)) === 'try' && tree.namedChildren(body).length === 1
  );
}
