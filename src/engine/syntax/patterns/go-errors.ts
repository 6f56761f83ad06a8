import { escaped } from './escaped.ts';
import type { FallibleSite } from '../../pattern-facts.ts';
import { headerText } from '../headers.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { unitOf, type Context } from './context.ts';
import { withoutComments } from './without-comments.ts';

type Guard = FallibleSite['guard'];

/** Characters after a call in which its error has to be looked at. */
const reach = 4_000;

/** What becomes of the error that a call in Go returns. */
export function goGuard(context: Context, node: number): Guard {
  const { tree } = context;
  const taken = takenBy(tree, node);
  if (typeof taken === 'string') return taken;
  const target =
    tree.kind(taken) === 'declarator' || tree.kind(taken) === 'assignment' ? taken : -1;
  if (target < 0) return 'none';
  const left = tree.field(target, 'left', 'name');
  const names =
    left < 0 ? '' : tree.source.slice(tree.start[left], leftEnd(tree, target)).split('=')[0];
  const name = (names ?? '').replace(/:$/, '').split(',').at(-1)?.trim() ?? '';
  // `s.err = …`, `errs[i] = …`: kept for whoever reads it.
  if (/[.\]]/.test(name)) return 'propagated';
  if (!/^[a-zA-Z]\w*$/.test(name)) return 'none';
  return laterUse(context, statementOf(tree, target), name);
}

function leftEnd(tree: SyntaxTree, target: number): number {
  return Math.min(tree.stop[target] ?? 0, (tree.start[target] ?? 0) + 300);
}

/** A guard when something else takes the result at once; else the statement that holds it. */
function takenBy(tree: SyntaxTree, node: number): Guard | number {
  let at = node;
  for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
    const kind = tree.kind(up);
    if (kind === 'return' || tree.type(up) === 'send_statement') return 'propagated';
    // `must(strconv.Atoi(text))`, `log.Fatal(http.ListenAndServe(…))`: handed to another call.
    if (kind === 'call' && /argument/.test(tree.type(at))) return 'typed';
    if (kind === 'assignment' || kind === 'declarator') return up;
    if (kind === 'block' || kind === 'function') return 'none';
    if (tree.isStatement(up)) return up;
    at = up;
  }
  return 'none';
}

function statementOf(tree: SyntaxTree, node: number): number {
  let at = node;
  while (at >= 0 && !tree.isStatement(at)) at = tree.parentOf(at);
  return at < 0 ? node : at;
}

/** The first look at the error after the call, in the same function: comparing it, returning it, handing it on. */
function laterUse(context: Context, statement: number, name: string): Guard {
  const { tree } = context;
  const unit = unitOf(context, statement);
  const from = tree.stop[statement] ?? 0;
  const end = unit === null ? tree.source.length : (tree.stop[unit.node] ?? 0);
  const rest = withoutComments(tree.source.slice(from, Math.min(end, from + reach)));
  const mention = new RegExp(`\\b${escaped(name)}\\b`, 'g');
  for (let found = mention.exec(rest); found !== null; found = mention.exec(rest)) {
    const before = rest.slice(Math.max(0, found.index - 80), found.index);
    const after = rest.slice(mention.lastIndex, mention.lastIndex + 200);
    const guard = useAt(before, after);
    if (guard !== 'assigned') return guard;
    // Another branch sets it, too; in the same one the first error is lost.
    if (!/\b(case\b|default\s*:)|\}\s*else\b|^\s*\}/m.test(rest.slice(0, found.index)))
      return 'none';
  }
  // A named result is returned by a bare `return`.
  return unit !== null &&
    new RegExp(`\\)\\s*\\([^)]*\\b${escaped(name)}\\s+error\\b`).test(headerText(tree, unit.node))
    ? 'propagated'
    : 'none';
}

function useAt(before: string, after: string): Guard | 'assigned' {
  if (/^\s*(,\s*\w+\s*)*:?=[^=]/.test(after)) return 'assigned';
  if (/\breturn\b[^\n]*$/.test(before)) return 'propagated';
  if (/^\s*!=\s*nil\b[^{\n]*\{\s*return\b/.test(after)) return 'propagated';
  return 'typed';
}
