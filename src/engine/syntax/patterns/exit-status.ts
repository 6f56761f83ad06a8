import { argumentNodes, callAt } from '../calls.ts';
import type { FallibleSite } from '../../pattern-facts.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { unitAt, type Context } from './context.ts';
import { escaped } from './escaped.ts';

/** The name that a call's answer is bound to, or null. */
function boundTo(tree: SyntaxTree, node: number): string | null {
  const holder = tree.parentOf(node);
  if (tree.kind(holder) !== 'assignment') return null;
  const target = tree.field(holder, 'left');
  const name = target < 0 || target === node ? '' : tree.excerpt(target, 60);
  return /^[@$]?\w+$/.test(name) ? name : null;
}

/** What of the function comes after a node. */
function textAfter(context: Context, node: number): string {
  const { tree } = context;
  const [unit, limit] = unitAt(context, node);
  const from = tree.stop[node] ?? 0;
  return tree.source.slice(from, Math.min(tree.stop[unit] ?? 0, from + limit));
}

/** `exec($command, $output, $status)` of PHP: what stands third is told how it ended. */
export function isStatusAsked(context: Context, node: number): boolean {
  const { tree } = context;
  const [, , status] = argumentNodes(tree, node);
  if (callAt(tree, node).name !== 'exec' || status === undefined) return false;
  const name = escaped(tree.excerpt(status, 60));
  return new RegExp(`\\b(if|return|switch|match)\\b[^;{]*${name}(?!\\w)`).test(
    textAfter(context, node),
  );
}

/** `done = system(…)` of Ruby, which is then asked; `system(…) or raise`. */
export function systemGuard(context: Context, node: number): FallibleSite['guard'] {
  const { tree } = context;
  if (callAt(tree, node).spelled !== 'system') return 'none';
  const kind = tree.kind(tree.parentOf(node));
  if (kind === 'if' || kind === 'binary' || kind === 'not') return 'typed';
  const name = boundTo(tree, node);
  const asked = name === null ? '\\$\\?' : `(${escaped(name)}\\b|\\$\\?)`;
  return new RegExp(`\\b(if|unless|return)\\s+!?\\s*${asked}|${asked}\\s*(\\|\\||&&|\\?)`).test(
    textAfter(context, node),
  )
    ? 'typed'
    : 'none';
}

/** `result = subprocess.run(…)` of Python, whose `returncode` is then asked. */
export function processGuard(context: Context, node: number): FallibleSite['guard'] {
  const { tree } = context;
  if (!/^subprocess\.(run|call|Popen)$/.test(callAt(tree, node).spelled)) return 'none';
  const name = boundTo(tree, node);
  if (name === null) return 'none';
  return new RegExp(`\\b${name}\\.(returncode|check_returncode\\(\\))`).test(
    textAfter(context, node),
  )
    ? 'typed'
    : 'none';
}
