import type { FileFacts, HandlerFacts } from '../../facts.ts';
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
  test: (context: Context, node: number) => boolean;
}

/** The unit a node stands in, or null at the top of the file. */
export function unitOf({ units }: Pick<Context, 'units'>, node: number): Unit | null {
  return units.list[units.of[node] ?? -1] ?? null;
}

/** Source of the unit around a node (of the whole file at the top), at most 20,000 characters. */
export function unitText(context: Context, node: number): string {
  return context.tree.excerpt(unitOf(context, node)?.node ?? 0, 20_000);
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
  return tree
    .excerpt(node, limit + 8)
    .replace(/^[A-Za-z@$]{0,3}("""|'''|["'`])/, '')
    .replace(/("""|'''|["'`])$/, '');
}
