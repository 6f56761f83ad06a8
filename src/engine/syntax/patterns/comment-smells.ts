import type { SmellFacts } from '../../pattern-facts.ts';
import { isReason, type Context } from './context.ts';
import { isNarrow, type HandlerAt } from './handlers.ts';
import { statementsInTry } from './quiet-handlers.ts';
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

/** Handlers that drop errors; a comment in the body is taken as the reason when the type is narrow. */
export function handlerSmells(context: Context): SmellFacts[] {
  const { comments } = context;
  const handlers = context.handlers.filter(({ kind }) => kind === 'empty');
  if (handlers.length === 0) return [];
  const explained = new Set(
    comments.filter(({ text }) => isReason(text)).map(({ startLine }) => startLine),
  );
  return handlers.flatMap((handler) => {
    const narrow = isNarrow(handler.types);
    let commented = false;
    for (let line = handler.startLine; line <= handler.endLine + 1; line += 1)
      commented ||= explained.has(line);
    if (commented && (narrow || isSaidToBeIgnored(context, handler.node))) return [];
    if (isSmallAndTold(context, handler)) return [];
    return [smell(narrow || commented ? 'empty-handler' : 'swallowed-everything', handler)];
  });
}

/** Of two statements at most, with a word beside it on why nothing is done: where errors have no types to name. */
function isSmallAndTold({ tree, comments }: Context, handler: HandlerAt): boolean {
  if (!tree.table.closuresAreUnits) return false;
  if (statementsInTry(tree, handler.node).length > 2) return false;
  return comments.some(
    ({ startLine, endLine, text }) =>
      startLine >= handler.startLine &&
      endLine <= handler.endLine &&
      /[A-Za-z]{4}/.test(text) &&
      !/^\W*(empty|todo|fixme|noop)\W*$/i.test(text),
  );
}

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
