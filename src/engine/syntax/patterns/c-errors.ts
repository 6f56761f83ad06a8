import type { FallibleSite } from '../../pattern-facts.ts';
import { escaped } from './escaped.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { unitOf, type Context } from './context.ts';
import { withoutComments } from './without-comments.ts';

/** Characters after a call in which what it gave has to be looked at. */
const reach = 4_000;

/** What becomes of a failure that a call tells by what it gives, as in C and PHP: nothing, false, zero or less. */
export function cGuard(context: Context, node: number): FallibleSite['guard'] {
  const { tree } = context;
  let at = node;
  for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
    const kind = tree.kind(up);
    if (kind === 'return') return 'propagated';
    if (isCondition(tree, up, at) || hasInstead(tree, up)) return 'typed';
    if (kind === 'assignment' || kind === 'declarator') {
      if (isLookedAtLater(context, up)) return 'typed';
    } else if (kind === 'function' || kind === 'block' || tree.isStatement(up)) return 'none';
    at = up;
  }
  return 'none';
}

/** `if (!(file = fopen(path)))`, `while (read(fd, …) > 0)`, `assert(open(path) >= 0)` */
function isCondition(tree: SyntaxTree, up: number, at: number): boolean {
  const kind = tree.kind(up);
  if (kind === 'if' || kind === 'loop' || kind === 'ternary' || kind === 'switch')
    return at === tree.field(up, 'condition');
  return kind === 'assert' || (kind === 'call' && /^assert\b/.test(tree.excerpt(up, 8)));
}

/** `json_decode($text) ?? []` */
function hasInstead(tree: SyntaxTree, up: number): boolean {
  return (
    tree.kind(up) === 'binary' &&
    tree.children(up).some((child) => !tree.named(child) && tree.text(child) === '??')
  );
}

function isLookedAtLater(context: Context, holder: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, holder);
  const target = tree.field(holder, 'left', 'declarator', 'name');
  const name = target < 0 ? '' : tree.excerpt(target, 80).replace(/^[*&$\s]+/, '');
  if (unit === null || !/^[\w.>[\]-]+$/.test(name)) return false;
  const from = tree.stop[holder] ?? 0;
  const rest = tree.source.slice(from, Math.min(tree.stop[unit.node] ?? 0, from + reach));
  const word = escaped(name);
  return new RegExp(
    `!\\s*${word}\\b|\\b${word}\\s*([=!<>]=|[<>](?![<>])|\\?)|[=!]=\\s*${word}\\b|\\b(if|while|assert)\\s*\\(\\s*${word}\\s*(\\)|&&|\\|\\|)|(&&|\\|\\|)\\s*${word}\\s*\\)|\\b${word}\\.(is_open|fail|good|bad)\\(|\\breturn\\s+${word}\\s*;|\\b(is_\\w+|empty|isset)\\(\\s*${word}\\b|\\bjson_last_error\\w*\\(`,
  ).test(withoutComments(rest).replaceAll('$', ''));
}
