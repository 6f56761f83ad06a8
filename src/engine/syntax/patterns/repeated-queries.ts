import { anyOf } from '../any-of.ts';
import { callAt } from '../calls.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { sourceHolds, type Context } from './context.ts';

/**
 * Whether a loop around a node takes one after the other. A loop that waits for work, tries again or asks for the next
 * page has to ask anew on each turn.
 */
export function isForEachOfMany({ tree }: Context, node: number): boolean {
  let below = node;
  for (let up = tree.parentOf(node); up >= 0; below = up, up = tree.parentOf(up)) {
    const kind = tree.kind(up);
    if (kind === 'function') return false;
    if (kind === 'closure' || kind === 'comprehension') return true;
    if (kind === 'loop' && tree.fieldName(below) === 'body' && !waits.test(headOf(tree, up)))
      return true;
  }
  return false;
}

const scripts: [names: RegExp, owner: RegExp] = [
  /^(find|findOne|findOneBy|findOneOrFail|findOneByOrFail|findBy|findById|findByPk|findUnique|findUniqueOrThrow|findFirst|findMany|findAll|countDocuments)$/,
  /^(?!this$)[\w.]+$/,
];
/** Calls of stores, and what they are called on, as the libraries of each language name them. */
const stores: Partial<Record<string, [names: RegExp, owner: RegExp]>> = {
  javascript: scripts,
  typescript: scripts,
  tsx: scripts,
  ruby: [/^(find|find_by|find_by!|where|exists\?)$/, /^[A-Z]\w+$/],
  java: [/^(find|get|exists)By\w+$/, /([rR]epo(sitory)?|Dao)$/],
  csharp: [/^(Find|First|Single)\w*$/, /^_?(context|db|dbContext)\.\w+$/],
  php: [/^(find|findOrFail)$/, /^[A-Z]\w+$/],
};
const rails = /\b(Application(Controller|Record|Job)|ActiveRecord)\b/;

/** One record, or some, of a store that is known by how its libraries are called. */
export function asksStore({ tree }: Context, node: number): boolean {
  const { language, closuresAreUnits } = tree.table;
  const [names, owner] = stores[language] ?? [];
  const { name, qualifier } = callAt(tree, node);
  if (names?.test(name) !== true || owner?.test(qualifier ?? '') !== true) return false;
  // What a lambda of C# says is a part of one query.
  if (language === 'csharp' && tree.kind(tree.above(node, 'loop', 'closure')) !== 'loop')
    return false;
  if (closuresAreUnits) return tree.kind(tree.parentOf(node)) === 'await';
  return language !== 'ruby' || sourceHolds(tree, rails);
}

/** Heads of loops that end by what happens, not by how much there is. */
const waits = anyOf(
  [
    // `loop {`, `do {`, `for (;;)` and `for {` of Go.
    /^(loop\b|do\b|for\s*(\(\s*;\s*;|\{|$))/,
    // `while (true)`, `while not self.stopped`, `while (queue.hasNext())`.
    /^(while|until)\b[\s(!]*(not\s+)?(true|1|\w*([.(]|->|::)?[\w.:>-]*(cancel|stop|running|alive|shutdown|clos|done|finish|quit|active|wait|more|next)[\w.]*(\(\w*\))?)\s*\)?:?$/,
    /\b(attempts?|tries|retry|retries|maxRetries|max_retries)\b/,
  ],
  'i',
);

/** Characters of the head of a loop that are read, and of a loop without a body. */
const headRead = { longest: 200, bodyless: 120 };

/** What stands before the body of a loop. */
function headOf(tree: SyntaxTree, loop: number): string {
  const body = tree.field(loop, 'body');
  const from = tree.start[loop] ?? 0;
  const stop = body < 0 ? from + headRead.bodyless : (tree.start[body] ?? from);
  return tree.source.slice(from, Math.min(stop, from + headRead.longest)).trim();
}
