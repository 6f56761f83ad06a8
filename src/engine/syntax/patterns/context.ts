import type { FileFacts } from '../../facts.ts';
import type { HandlerFacts } from '../../pattern-facts.ts';
import type { Analysis } from '../functions.ts';
import type { Kind } from '../languages/language-table.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import type { RuleId } from './rules.ts';
import type { Unit } from '../units.ts';

/** What detectors may ask. */
export interface Context extends Analysis {
  file: FileFacts;
  handlers: (HandlerFacts & { node: number })[];
}

/** Looks at the nodes of some kinds (or node types) and tells whether one breaks its rule. */
export interface Detector {
  rule: RuleId;
  kinds: readonly (Kind | `type:${string}`)[];
  /** What the source of a file holds if it breaks the rule: searched once, so that most files ask no node. */
  needs?: RegExp;
  /** Of a call, the name of what is called if it breaks the rule, as `fullName` spells it: nobody else is asked. */
  callee?: RegExp;
  /** The same by its last name alone. */
  method?: RegExp;
  test: (context: Context, node: number) => boolean;
  /** Where in a node that breaks the rule the mistake stands; left out: the node itself. */
  place?: (context: Context, node: number) => number;
}

/** What each comment says that begins on some lines (from 1, both ends included). */
export function saidOn({ comments }: Context, first: number, last: number): string[] {
  let low = 0;
  for (let high = comments.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((comments[middle]?.startLine ?? 0) < first) low = middle + 1;
    else high = middle;
  }
  const said: string[] = [];
  for (let at = low; (comments[at]?.startLine ?? Infinity) <= last; at += 1)
    said.push(comments[at]?.text ?? '');
  return said;
}

/** What a comment says is a reason: three words at least, two of which are more than `ok` or `no`. */
export function isReason(text: string): boolean {
  const words = text.trim().split(/\s+/);
  return words.length >= 3 && words.filter((word) => word.length > 2).length >= 2;
}

/** The unit a node stands in, or null at the top of the file. */
export function unitOf({ units }: Pick<Context, 'units'>, node: number): Unit | null {
  return units.list[units.of[node] ?? -1] ?? null;
}

/** Characters that text searches may read, per character of the file, and for any file. */
const searchable = { perCharacter: 10, base: 400_000 };
const read = new WeakMap<SyntaxTree, number>();

/**
 * Code of a node (at most its first `limit` characters) without comments and with empty strings, so
 * that what is only said is never found. All texts of a file share one budget, so that 30,000 names
 * looked up in one long function stay linear work; null once it is used up.
 */
export function codeText(tree: SyntaxTree, node: number, limit: number): string | null {
  const size = Math.min(limit, (tree.stop[node] ?? 0) - (tree.start[node] ?? 0));
  const sum = (read.get(tree) ?? 0) + size;
  read.set(tree, sum);
  if (sum > searchable.base + tree.source.length * searchable.perCharacter) return null;
  const last = known.get(tree);
  if (last?.node === node && last.limit === limit) return last.text;
  const text = withoutWords(tree, node, limit);
  known.set(tree, { node, limit, text });
  return text;
}

/** Neighbouring nodes ask for the same text. */
const known = new WeakMap<SyntaxTree, { node: number; limit: number; text: string }>();

/** A comment, a text or what a page says between its tags. */
function isWords(tree: SyntaxTree, node: number): boolean {
  const kind = tree.kind(node);
  return kind === 'comment' || kind === 'string' || tree.type(node) === 'jsx_text';
}

function withoutWords(tree: SyntaxTree, top: number, limit: number): string {
  const start = tree.start[top] ?? 0;
  const stop = Math.min(tree.stop[top] ?? 0, start + limit);
  const pieces: string[] = [];
  let from = start;
  const end = tree.endOf(top);
  for (let node = top; node < end && (tree.start[node] ?? 0) < stop; node += 1) {
    const kind = tree.kind(node);
    if (!isWords(tree, node)) continue;
    pieces.push(tree.source.slice(from, Math.max(from, tree.start[node] ?? 0)));
    if (kind === 'string') pieces.push('""');
    from = Math.max(from, tree.stop[node] ?? 0);
    node = tree.endOf(node) - 1;
  }
  pieces.push(tree.source.slice(from, Math.max(from, stop)));
  return pieces.join('');
}

/** Whether a pattern is found in the code of a node; null when the budget is used up. */
export function search(
  { tree }: Pick<Context, 'tree'>,
  pattern: RegExp,
  [node, limit]: readonly [node: number, limit: number],
): boolean | null {
  const text = codeText(tree, node, limit);
  return text === null ? null : pattern.test(text);
}

/** The unit around a node (at the top: the file), at most 20,000 characters of it. */
export function unitAt(context: Context, node: number): readonly [node: number, limit: number] {
  return [unitOf(context, node)?.node ?? 0, 20_000];
}

/** Holds a name or a call, so its value is not told by the source. */
export function isDynamic(tree: SyntaxTree, node: number): boolean {
  const end = tree.endOf(node);
  for (let at = node; at < end; at += 1) {
    const kind = tree.kind(at);
    if (kind === 'interpolation' || kind === 'call' || kind === 'member') return true;
    if (kind === 'identifier' && tree.kind(tree.parentOf(at)) !== 'string') return true;
    if (kind === 'identifier' && tree.table.language === 'php') return true;
  }
  return false;
}

/** The text inside a string literal's quotes, at most `limit` characters. */
export function stringText(tree: SyntaxTree, node: number, limit = 400): string {
  const text = tree.excerpt(node, limit + 8).replace(/^[A-Za-z@$]{0,3}("""|'''|["'`])/, '');
  if (text.endsWith('"""') || text.endsWith("'''")) return text.slice(0, -3);
  return quotes.has(text.at(-1) ?? '') ? text.slice(0, -1) : text;
}

const quotes = new Set(['"', "'", '`']);

const held = new WeakMap<SyntaxTree, Map<RegExp, boolean>>();

/** Whether a file's source holds a pattern (one of a module's constants) anywhere; each is searched once a file. */
export function sourceHolds(tree: SyntaxTree, pattern: RegExp): boolean {
  let known = held.get(tree);
  if (known === undefined) held.set(tree, (known = new Map()));
  let answer = known.get(pattern);
  if (answer === undefined) known.set(pattern, (answer = pattern.test(tree.source)));
  return answer;
}
