import type { SmellFacts } from '../../facts.ts';
import type { Context } from './context.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { isNarrow, type HandlerAt } from './handlers.ts';
import { rules, type RuleId } from './rules.ts';

const todo = /\b(TODO|FIXME|XXX|HACK)\b(?!\s*[([@]\s*[\w@#-]+)/;
const issue = /#\d+|\b[A-Z]{2,}-\d+\b|https?:\/\/|\B@\w+/;

/** Smells that live in comments. */
export function commentSmells({ comments }: Context): SmellFacts[] {
  return comments.flatMap((comment) => {
    const found: SmellFacts[] = [];
    if (comment.kind === 'commented_out_code') found.push(smell('commented-out-code', comment));
    else if (todo.test(comment.text) && !issue.test(comment.text))
      found.push(smell('todo-without-owner', comment));
    return found;
  });
}

/** Three words at least, two of which are more than `ok` or `no`. */
function isReason(text: string): boolean {
  const words = text.trim().split(/\s+/);
  return words.length >= 3 && words.filter((word) => word.length > 2).length >= 2;
}

/** Handlers that drop errors; a comment in the body is taken as the reason when the type is narrow. */
export function handlerSmells(context: Context): SmellFacts[] {
  const { handlers, comments } = context;
  const explained = new Set(
    comments.filter(({ text }) => isReason(text)).map(({ startLine }) => startLine),
  );
  return handlers.flatMap((handler) => {
    if (handler.kind !== 'empty') return [];
    const narrow = isNarrow(handler.types);
    let commented = false;
    for (let line = handler.startLine; line <= handler.endLine + 1; line += 1)
      commented ||= explained.has(line);
    if (commented && (narrow || isSaidToBeIgnored(context, handler.node))) return [];
    if (isBestEffort(context, handler) || isSmallAndTold(context, handler)) return [];
    return [smell(narrow || commented ? 'empty-handler' : 'swallowed-everything', handler)];
  });
}

const cleanups =
  /^\s*\{?\s*(await\s+)?[\w.$?!()]*(close|destroy|unlink|rm|remove\w*|abort|kill|terminate|release|cancel|end|dispose|unref|delete|cleanup|stop|disconnect|require|import|resolve|mkdir\w*|setItem|removeItem|focus|flush|write)(Sync)?\([^;{}]*\)\s*;?\s*\}?\s*$|\b(require|import)\(/;

/** Of two statements at most, with a word beside it on why nothing is done: where errors have no types to name. */
function isSmallAndTold({ tree, comments }: Context, handler: HandlerAt): boolean {
  if (countInTry(tree, handler.node) > 2) return false;
  return comments.some(
    ({ startLine, endLine, text }) =>
      startLine >= handler.startLine &&
      endLine <= handler.endLine &&
      /[A-Za-z]{4}/.test(text) &&
      !/^\W*(empty|todo|fixme|noop)\W*$/i.test(text),
  );
}

/** Statements of the body that a handler belongs to; infinitely many where errors have types. */
function countInTry(tree: SyntaxTree, node: number): number {
  const body = bodyOfTry(tree, node);
  if (body < 0) return Infinity;
  return tree.namedChildren(body).filter((at) => tree.kind(at) !== 'comment').length;
}

function bodyOfTry(tree: SyntaxTree, node: number): number {
  const holder = tree.parentOf(node);
  return holder < 0 || !tree.table.closuresAreUnits ? -1 : tree.field(holder, 'body');
}

/** One closing call, or one that loads what may not be there: nobody could do more about its failure. */
function isBestEffort({ tree }: Context, { node }: HandlerAt): boolean {
  if (countInTry(tree, node) !== 1) return false;
  const text = tree.excerpt(bodyOfTry(tree, node), 400);
  return cleanups.test(text) || probes.test(text);
}

/**
 * One statement that asks whether something is there or can be read as something: its failure is an answer, and
 * what follows goes on without it. A promise that is awaited alone is waited for; its failure is told elsewhere.
 */
const probes =
  /\b(JSON\.(parse|stringify)|new URL|decodeURI\w*|(l?stat|access|exists|readlink|realpath|cwd)(Sync)?|\w*[bB]randCheck\w*|which\.sync)\s*\(|^\s*\{?\s*await\s+[\w$]+\s*;?\s*\}?\s*$/;

/** `catch (Exception ignored)`, with a reason beside it. */
function isSaidToBeIgnored({ tree }: Context, node: number): boolean {
  // Scripts have no types to say which error is meant.
  if (tree.table.closuresAreUnits) return true;
  return /^catch\s*\([^)]*\b(ignored?|expected|unused|_)\s*\)/.test(tree.excerpt(node, 120));
}

function smell(rule: RuleId, at: { startLine: number; endLine: number }): SmellFacts {
  const { group, severity, message } = rules[rule];
  return {
    rule,
    group,
    severity,
    message,
    function: null,
    startLine: at.startLine,
    endLine: at.endLine,
  };
}
