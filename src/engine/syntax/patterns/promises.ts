import { escaped } from './escaped.ts';
import { callAt } from '../calls.ts';
import { search, unitAt, type Context } from './context.ts';
import { isArgument } from './matchers.ts';

const through = new Set<string>(['member', 'paren', 'ternary', 'binary', 'collection']);

/** Whether a promise is what its function returns: whoever called it gets its failure, too. */
export function isHandedOn(context: Context, node: number): boolean {
  const { tree } = context;
  let at = node;
  for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
    const kind = tree.kind(up) ?? '';
    if (kind === 'return' || tree.type(up) === 'arrow_expression_clause') return true;
    if (kind === 'closure') return tree.fieldName(at) === 'body';
    if (kind === 'declarator') return isReturnedLater(context, up);
    if (!passesOn(context, up, at)) return false;
    at = up;
  }
  return false;
}

function passesOn(context: Context, up: number, at: number): boolean {
  const { tree } = context;
  const kind = tree.kind(up) ?? '';
  if (kind === 'call') return !isArgument(tree, at) || isAll(context, up);
  return through.has(kind) || isCast(tree.type(up)) || tree.type(up).startsWith('argument');
}

/** `this.http.get(url) as Observable<Order>` */
function isCast(type: string): boolean {
  return /^(as_expression|satisfies_expression|non_null_expression|type_assertion)$/.test(type);
}

/** `Promise.all([…])` fails when one of its promises does. */
function isAll({ tree }: Context, node: number): boolean {
  const { name, qualifier } = callAt(tree, node);
  return qualifier === 'Promise' && /^(all|race|any|allSettled)$/.test(name);
}

function isReturnedLater(context: Context, declarator: number): boolean {
  const { tree } = context;
  const target = tree.field(declarator, 'name');
  const name = target < 0 ? '' : tree.excerpt(target, 80);
  if (!/^[\w$]+$/.test(name)) return false;
  const returned = new RegExp(`\\breturn\\s+(await\\s+)?${escaped(name)}\\s*[;\\n.]`);
  return search(context, returned, unitAt(context, declarator)) === true;
}
