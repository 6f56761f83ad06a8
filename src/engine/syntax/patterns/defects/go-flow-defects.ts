import { callAt } from '../../calls.ts';
import { headerText } from '../../headers.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { unitOf, type Context, type Detector } from '../context.ts';
import { bindingsOf } from './name-index.ts';
import { conditionOf, flat, following, statementAround, unitText } from './shapes.ts';

/** `resp, err := get(); defer resp.Body.Close()`: where it failed there is nothing to close. */
function closesUnchecked({ tree }: Context, node: number): boolean {
  const value = /^defer (\w+)(\.Body)?\.Close\(\)$/.exec(flat(tree, node, 120))?.[1];
  if (value === undefined) return false;
  const siblings = tree.namedChildren(tree.parentOf(node));
  const before = siblings[siblings.indexOf(node) - 1] ?? -1;
  return (
    before >= 0 &&
    new RegExp(`^${value}\\s*,\\s*(err\\w*|\\w*Err)\\s*:?=\\s`).test(tree.excerpt(before, 120))
  );
}

/** `if err != nil { return nil, nil }` in a function that gives an error. */
function dropsFailure(context: Context, node: number): boolean {
  const { tree } = context;
  const condition = conditionOf(tree, node);
  // `if err := f.Close(); err != nil`: what failed there was not what the function is for.
  const isOwn = tree.field(node, 'initializer') >= 0;
  if (isOwn || condition < 0 || !/^err\w* != nil$/.test(flat(tree, condition, 40))) return false;
  const unit = unitOf(context, node);
  if (
    unit === null ||
    !/\berror\s*\)?\s*$/.test(headerText(tree, unit.node).replace(/\{[\s\S]*$/, ''))
  )
    return false;
  const body = tree.field(node, 'consequence');
  const text = body < 0 ? '' : flat(tree, body, 60);
  return (
    /^\{ return ((nil|""|0|\w+\{\}), )*nil \}$/.test(text) &&
    !/\berr/.test(text) &&
    !isSaid(tree, body)
  );
}

/** A comment says that it is meant. */
function isSaid(tree: SyntaxTree, node: number): boolean {
  return tree.text(node).includes('//');
}

/** A `break` at the end of a case of `select` or `switch` leaves that, and not the loop around. */
function leavesOnlySwitch({ tree }: Context, node: number): boolean {
  if (tree.text(node) !== 'break') return false;
  const list = tree.parentOf(node);
  const around = tree.type(list) === 'statement_list' ? tree.parentOf(list) : list;
  if (tree.type(around) !== 'communication_case') return false;
  const select = tree.parentOf(around);
  const loop = tree.above(select, 'loop', 'function', 'closure');
  if (loop < 0 || tree.kind(loop) !== 'loop') return false;
  // What follows the select ends the loop, or looks at what the case has set.
  return following(tree, statementAround(tree, select), 1).length === 0 && isEndless(tree, loop);
}

function isEndless(tree: SyntaxTree, loop: number): boolean {
  return /^for\s*(;;\s*)?\{/.test(tree.excerpt(loop, 12));
}

/** `data, err := read(); err = write()`: the first error is never looked at. */
function overwritesError({ tree }: Context, node: number): boolean {
  const text = tree.excerpt(node, 200);
  const name = /^(?:\w+\s*,\s*)*(err\w*)\s*:?=\s/.exec(text)?.[1];
  if (name === undefined || !holdsCall(tree, node)) return false;
  const [next] = following(tree, statementAround(tree, node), 1);
  if (next === undefined || !isAssignment(tree, next)) return false;
  const again = tree.excerpt(next, 400);
  const value = new RegExp(`^(?:\\w+\\s*,\\s*)*${name}\\s*:?=\\s([\\s\\S]*)$`).exec(again)?.[1];
  return value !== undefined && !new RegExp(`\\b${name}\\b`).test(value) && holdsCall(tree, next);
}

function isAssignment(tree: SyntaxTree, node: number): boolean {
  return tree.kind(node) === 'assignment';
}

function holdsCall(tree: SyntaxTree, node: number): boolean {
  const right = tree.field(node, 'right');
  const value = right < 0 ? -1 : (tree.namedChildren(right)[0] ?? right);
  return value >= 0 && tree.kind(value) === 'call' && callAt(tree, value).name !== 'New';
}

/** `for rows.Next()`, and nobody asks why there are no more. */
function endsUnasked(context: Context, node: number): boolean {
  const { tree } = context;
  const rows = /^for\s+(\w+)\.Next\(\)\s*\{/.exec(tree.excerpt(node, 80))?.[1];
  if (rows === undefined) return false;
  const made = bindingsOf(context, node, rows).some(
    ({ value }) => value >= 0 && /\.(Query|QueryContext|Queryx)\(/.test(tree.excerpt(value, 200)),
  );
  return (
    made &&
    !new RegExp(`\\b${rows}\\.Err\\(\\)|[(,]\\s*${rows}\\s*[,)]|return[^\\n]*\\b${rows}\\b`).test(
      unitText(context, node),
    )
  );
}

/** `var problem *Problem; …; return problem` of a function that gives an `error`. */
function givesTypedNil(context: Context, node: number): boolean {
  const { tree } = context;
  const name = /^return\s+(\w+)$/.exec(flat(tree, node, 60))?.[1];
  const unit = unitOf(context, node);
  if (name === undefined || unit === null) return false;
  if (!/\)\s*error\s*$/.test(headerText(tree, unit.node).replace(/\{[\s\S]*$/, ''))) return false;
  return new RegExp(`\\bvar\\s+${name}\\s+\\*\\w+\\s*\\n`).test(unitText(context, node));
}

/** What happens to errors, and where a loop ends, in Go. */
export const goFlowDetectors: Detector[] = [
  { rule: 'close-before-check', kinds: ['type:defer_statement'], test: closesUnchecked },
  { rule: 'dropped-failure', kinds: ['if'], needs: /err\w* != nil/, test: dropsFailure },
  { rule: 'ineffective-break', kinds: ['jump'], needs: /\bselect\b/, test: leavesOnlySwitch },
  { rule: 'unread-rows-error', kinds: ['loop'], needs: /\.Next\(\)/, test: endsUnasked },
  { rule: 'typed-nil', kinds: ['return'], needs: /\bvar\s+\w+\s+\*/, test: givesTypedNil },
  {
    rule: 'missing-timeout',
    kinds: ['new'],
    needs: /http\.Client\{\}/,
    test: ({ tree, file }, node) => file.role === 'source' && tree.text(node) === 'http.Client{}',
  },
  { rule: 'overwritten-error', kinds: ['assignment'], test: overwritesError },
];
