import type { SyntaxTree } from '../../syntax-tree.ts';
import { parameterFacts } from '../../parameters.ts';
import { unitOf, type Context } from '../context.ts';
import { escaped } from '../escaped.ts';
import { bindingsOf } from './name-index.ts';
import { conditionOf, flat } from './shapes.ts';

export function isEndless(context: Context, node: number): boolean {
  return runsAway(context, node) || countsBelowZero(context, node) || neverEnds(context, node);
}

/** `i < n; i--`, `i > 0; i++`: away from the limit. */
function runsAway({ tree }: Context, node: number): boolean {
  if (tree.type(node) !== 'for_statement') return false;
  const head =
    /\(?\s*[^;]*;\s*\$?(\w+)\s*([<>]=?)\s*[^;&|]+;\s*(?:\$?(\w+)\s*(\+\+|--|[-+]=(?=\s*\d))|(\+\+|--)\s*\$?(\w+))/.exec(
      tree.excerpt(node, 200).split('{')[0] ?? '',
    );
  if (head === null) return false;
  const [, name, operator = '', after, step = '', before = '', other] = head;
  if (name !== (after ?? other)) return false;
  const up = (step || before).startsWith('+');
  return operator.startsWith('<') ? !up : up;
}

/** An unsigned counter that is never below zero. */
function countsBelowZero({ tree }: Context, node: number): boolean {
  if (tree.type(node) !== 'for_statement' || tree.table.language !== 'cpp') return false;
  return /\(\s*(std::)?(size_t|unsigned(\s+\w+)*|uint\d+_t)\s+(\w+)\s*=[^;]*;\s*\4\s*>=\s*0\s*;[^;]*--/.test(
    tree.excerpt(node, 200),
  );
}

const leaves =
  /\b(break|return|throw|raise|goto|exit|yield|await|panic|abort|die|last|quit|sys\.exit|os\._exit|System\.exit|process\.exit)\b/;

/** Names of a condition that compares two of them, or nothing. */
function namesAsked(text: string): string[] {
  if (!/^\w+\s*([<>]=?|!==?)\s*(\w+|len\(\w+\)|\w+\.(length|size\(\)|Length|Count))$/.test(text))
    return [];
  const asked = text.replace(/\.(length|size\(\)|Length|Count)$/, '').replace(/\blen\(/, '(');
  return (asked.match(/[A-Za-z_]\w*/g) ?? []).filter(
    (name) => !/^(null|None|nil|true|false)$/.test(name),
  );
}

/** Something in the loop ends it; a macro as a statement may do anything. */
function isLeft(tree: SyntaxTree, body: number): boolean {
  const code = tree.excerpt(body, 8_000);
  return leaves.test(code) || (tree.table.language === 'cpp' && macro.test(code));
}

const macro = /(^|[;{}\n])\s*[A-Z][A-Z\d_]+\s*[;(]/;

/** A `while` whose condition nothing in it can change. */
function neverEnds(context: Context, node: number): boolean {
  const { tree } = context;
  if (!/^while(_statement|_expression)?$/.test(tree.type(node))) return false;
  const condition = conditionOf(tree, node);
  const body = tree.field(node, 'body');
  if (condition < 0 || body < 0) return false;
  const text = flat(tree, condition, 120).replaceAll('$', '');
  const names = namesAsked(text);
  if (names.length === 0 || isLeft(tree, body)) return false;
  // A list may shrink by any call on it; a name of the outside may be set by any call.
  if (
    names.some(
      (name) => bindingsOf(context, node, name).length === 0 && !isParameter(context, node, name),
    )
  )
    return false;
  const code = tree.excerpt(body, 8_000);
  if (code.includes('(') && names.some((name) => isSetInside(context, node, name))) return false;
  return names.every((name) => {
    const changed = new RegExp(
      `(\\+\\+|--|&|ref |out )\\s*\\$?${name}\\b|\\b${name}\\s*(\\+\\+|--|(\\[[^\\]]*\\]\\s*)?([-+*/%|&^]|<<|>>>?|\\*\\*|//)?:?=[^=]|,[^=\\n]*[^=!<>]=[^=])|,\\s*\\$?${name}\\s*:?=[^=]|\\b${name}(\\.|->)\\w+\\s*[(!]|>>\\s*${name}\\b`,
    );
    const handed = new RegExp(`\\(([^()]*,)?\\s*${name}\\s*[,)]`);
    return (
      !changed.test(code) &&
      !(text.includes(`(${name})`) && handed.test(code.replaceAll(`len(${name})`, '')))
    );
  });
}

/** A function inside of the function around sets the name, and may be called by the loop. */
function isSetInside(context: Context, node: number, name: string): boolean {
  const { tree } = context;
  const top = unitOf(context, node)?.node ?? 0;
  const set = new RegExp(`^(\\+\\+|--)?\\s*\\$?${escaped(name)}\\b\\s*(\\+\\+|--|[-+*/]?=[^=]|$)`);
  const end = Math.min(tree.endOf(top), top + nodesSearched);
  for (let at = top + 1; at < end; at += 1)
    if (
      /^(assignment|augmented|update)$/.test(tree.kind(at) ?? '') &&
      unitOf(context, at)?.node !== unitOf(context, node)?.node &&
      set.test(tree.excerpt(at, 60))
    )
      return true;
  return false;
}

/** Nodes of a function that are looked through for what is set in it. */
const nodesSearched = 20_000;

function isParameter(context: Context, node: number, name: string): boolean {
  const unit = unitOf(context, node);
  return unit !== null && parameterFacts(context.tree, unit).some((one) => one.name === name);
}
