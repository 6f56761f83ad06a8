import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import { codeText, type Context, type Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { conditionOf, flat, operandsOf } from './shapes.ts';

const nothings = /^(.+?)\s*(===?|is)\s*(null|None|nil|undefined|nullptr|NULL)$/;
const somethings = /^(.+?)\s*(!==?|is not)\s*(null|None|nil|undefined|nullptr|NULL)$/;

/** What a condition says is missing: `x == null`, `!x` (only where it can't be an ordinary false). */
function missingIn(tree: SyntaxTree, condition: number): string | null {
  const text = flat(tree, condition, 120);
  const name = nothings.exec(text)?.[1] ?? /^([\w.@$>-]+)\.nil\?$/.exec(text)?.[1] ?? null;
  return name !== null && /^[\p{L}_$@][\w.$@>-]*$/u.test(name) ? name : null;
}

/** `if (user == null) { user.name }`, `user == null && user.name`, `user != null || user.name`. */
function usesMissing({ tree }: Context, node: number): boolean {
  if (tree.kind(node) === 'binary') return isWrongJoin(tree, node);
  const condition = conditionOf(tree, node);
  const then = tree.field(node, 'consequence', 'body');
  if (condition < 0 || then < 0 || tree.type(node).startsWith('unless')) return false;
  const name = missingIn(tree, condition);
  const text = name === null ? null : codeText(tree, then, 1_500);
  return name !== null && text !== null && readsFirst(tree, text, name);
}

/** Whether the first mention of a name reads something of it. */
function readsFirst(tree: SyntaxTree, text: string, name: string): boolean {
  if (!text.includes(name)) return false;
  const word = escaped(name);
  const use = new RegExp(
    `(^|[^\\w.$@>])${word}(\\.|->|\\[)(?!nil\\?|present\\?|blank\\?|to_s|inspect)`,
  ).exec(text);
  if (use === null) return false;
  // Set before it is used, or handed to something that may set it.
  const before = text.slice(0, use.index + (use[1]?.length ?? 0));
  if (new RegExp(`(^|[^\\w.$@>])${word}\\b`).test(before)) return false;
  if (/^[^\n;]*\[[^\]\n]*\]\s*:?=[^=]/.test(text.slice(use.index))) return false;
  return tree.table.language !== 'go' || !/\bnil\b/.test(before);
}

function isWrongJoin(tree: SyntaxTree, node: number): boolean {
  const operator = operatorOf(tree, node);
  const isAnd = operator === '&&' || operator === 'and';
  if (!isAnd && operator !== '||' && operator !== 'or') return false;
  const both = operandsOf(tree, node);
  if (both === null) return false;
  const name = (isAnd ? nothings : somethings).exec(flat(tree, both[0], 120))?.[1];
  if (name === undefined || !/^[\p{L}_$@][\w.$@>-]*$/u.test(name)) return false;
  const word = escaped(name);
  return new RegExp(`^!?\\(?${word}(\\.|->|\\[)(?!nil\\?)`).test(flat(tree, both[1], 200));
}

export const missingValueDetectors: Detector[] = [
  { rule: 'missing-dereference', kinds: ['if', 'binary'], test: usesMissing },
];
