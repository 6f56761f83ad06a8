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

/** Handlers that drop errors; a comment in the body is taken as the reason when the type is narrow. */
export function handlerSmells({ handlers, comments }: Context): SmellFacts[] {
  const explained = new Set(
    comments.filter(({ text }) => text.split(/\s+/).length >= 3).map(({ startLine }) => startLine),
  );
  return handlers.flatMap((handler) => {
    if (handler.kind !== 'empty') return [];
    const narrow = isNarrow(handler.types);
    let commented = false;
    for (let line = handler.startLine; line <= handler.endLine + 1; line += 1)
      commented ||= explained.has(line);
    if (narrow && commented) return [];
    return [smell(narrow || commented ? 'empty-handler' : 'swallowed-everything', handler)];
  });
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
