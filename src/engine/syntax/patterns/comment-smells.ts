import type { SmellFacts } from '../../facts.ts';
import type { Context } from './context.ts';
import { isNarrow } from './handlers.ts';
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
    if (isBestEffort(context, handler.node)) return [];
    return [smell(narrow || commented ? 'empty-handler' : 'swallowed-everything', handler)];
  });
}

const cleanups =
  /^\s*\{?\s*(await\s+)?[\w.$?!()]*(close|destroy|unlink|rm|remove\w*|abort|kill|terminate|release|cancel|end|dispose|unref|delete|cleanup|stop|disconnect|require|import|resolve|mkdir\w*|setItem|removeItem|focus|flush|write)(Sync)?\([^;{}]*\)\s*;?\s*\}?\s*$|\b(require|import)\(/;

/** One closing call, or one that loads what may not be there: nobody could do more about its failure. */
function isBestEffort({ tree }: Context, node: number): boolean {
  const holder = tree.parentOf(node);
  const body = holder < 0 || !tree.table.closuresAreUnits ? -1 : tree.field(holder, 'body');
  return (
    body >= 0 && tree.namedChildren(body).length === 1 && cleanups.test(tree.excerpt(body, 400))
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
