import { isLogical, operatorOf } from '../../tree-questions.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { isReason, saidOn, type Context, type Detector } from '../context.ts';
import { branchesOf, isFirstIf } from './branches.ts';
import { flat, following, operandsOf, sameText } from './shapes.ts';

const calls = /[\w\])]\s*\(|\+\+|--|\bawait\b|\byield\b|[^=!<>]=[^=>]/;

/** A text that means the same whenever it is evaluated. */
function isStable(text: string): boolean {
  return text !== '' && !calls.test(text);
}

function inner(text: string): string {
  return text.replace(/^\{\s*|\s*\}$|^:\s*|^else\s+/g, '').trim();
}

/** All branches of an `if` with an `else` do the same. */
function hasSameBranches(context: Context, node: number): boolean {
  const { tree } = context;
  if (!isFirstIf(tree, node)) return false;
  const { conditions, bodies } = branchesOf(tree, node);
  if (bodies.length < 2 || bodies.length <= conditions.length) return false;
  const texts = new Set(bodies.map((body) => inner(sameText(tree, body))));
  const [only = ''] = texts;
  return (
    texts.size === 1 &&
    only !== '' &&
    !saidOn(context, tree.startLine(node), tree.endLine(node))
      .flatMap((said) => said.split('\n'))
      .some(isReason)
  );
}

/** The first condition of a chain of branches that was asked before, or -1. */
function repeatedCondition({ tree }: Context, node: number): number {
  // `if value, ok = next(); ok` asks for another value each time.
  if (!isFirstIf(tree, node) || tree.field(node, 'initializer') >= 0) return -1;
  const seen = new Set<string>();
  for (const one of branchesOf(tree, node).conditions) {
    const text = flat(tree, one, 300);
    if (!isStable(text)) continue;
    if (seen.has(text)) return one;
    seen.add(text);
  }
  return -1;
}

/** The first case of a `switch` whose constant has a case before it, or -1. */
function repeatedCase({ tree }: Context, node: number): number {
  const isRuby = tree.table.language === 'ruby';
  if (!tree.table.closuresAreUnits && !isRuby) return -1;
  const field = isRuby ? 'pattern' : 'value';
  const seen = new Set<string>();
  for (let at = node + 1; at < tree.endOf(node); at += 1) {
    if (tree.kind(at) === 'switch') at = tree.endOf(at) - 1;
    else if (tree.kind(at) === 'case' && tree.field(at, field) >= 0) {
      const text = flat(tree, tree.field(at, field), 100);
      if ((constant.test(text) || /^:\w+$/.test(text)) && seen.has(text)) return at;
      seen.add(text);
    }
  }
  return -1;
}

/** All operands of one chain of `&&` or of `||`. */
function chainOf(tree: SyntaxTree, node: number): number[] {
  const operator = operatorOf(tree, node);
  const found: number[] = [];
  const open = [node];
  for (let at = open.pop(); at !== undefined && found.length < 40; at = open.pop()) {
    if (tree.kind(at) === 'binary' && operatorOf(tree, at) === operator) {
      const both = operandsOf(tree, at);
      if (both !== null) open.push(both[1], both[0]);
    } else found.push(at);
  }
  return found;
}

function isChainTop(tree: SyntaxTree, node: number): boolean {
  const parent = tree.parentOf(node);
  return !(
    parent >= 0 &&
    tree.kind(parent) === 'binary' &&
    operatorOf(tree, parent) === operatorOf(tree, node)
  );
}

/** What the chain gives is kept, not only asked whether it holds. */
function isValue(tree: SyntaxTree, node: number): boolean {
  const parent = tree.parentOf(node);
  const kind = parent < 0 ? undefined : tree.kind(parent);
  return (
    (tree.table.closuresAreUnits ||
      tree.table.language === 'python' ||
      tree.table.language === 'ruby') &&
    kind !== 'if' &&
    kind !== 'loop' &&
    kind !== 'paren'
  );
}

function repeatsOperand({ tree }: Context, node: number): boolean {
  const operator = operatorOf(tree, node);
  if (isLogical(tree, node)) {
    if (!isChainTop(tree, node)) return false;
    const texts = chainOf(tree, node).map((one) => flat(tree, one, 300));
    const last = texts.at(-1) ?? '';
    // `message && message.text && message`: the last one is the answer.
    const asked = texts.indexOf(last) < texts.length - 1 ? texts.slice(0, -1) : texts;
    const stable = (isValue(tree, node) ? asked : texts).filter(isStable);
    return new Set(stable).size < stable.length;
  }
  if (!/^(-|\/|%|\^|&|\|)$/.test(operator)) return false;
  const both = operandsOf(tree, node);
  if (both === null || asksOfNumber(tree, node, operator)) return false;
  const text = flat(tree, both[0], 200);
  return (
    isStable(text) && /^[\p{L}_$@][\w.$@>-]*$/u.test(text) && text === flat(tree, both[1], 200)
  );
}

/** `h & h` makes 32 bits of a number in scripts, and `x - x === 0` asks whether it is finite. */
function asksOfNumber(tree: SyntaxTree, node: number, operator: string): boolean {
  if (!tree.table.closuresAreUnits) return false;
  return /^[&|]$/.test(operator) || /^[=!]==?$/.test(operatorOf(tree, tree.parentOf(node)));
}

interface Comparison {
  left: string;
  operator: string;
  right: string;
}

function comparisonAt(tree: SyntaxTree, node: number): Comparison | null {
  let at = node;
  for (let depth = 0; depth < 5 && tree.kind(at) === 'paren'; depth += 1)
    at = tree.namedChildren(at)[0] ?? at;
  if (tree.kind(at) !== 'binary') return equalsAt(tree, at);
  const both = operandsOf(tree, at);
  const operator = operatorOf(tree, at);
  if (both === null || !/^([=!]==?|[<>]=?)$/.test(operator)) return null;
  return { left: flat(tree, both[0], 100), operator, right: flat(tree, both[1], 100) };
}

const equals = /^(!?)(\w+(?:\.\w+(?:\(\))?)*)\.[eE]quals\(("[^"]*")\)$/;

/** `!state.equals("NEW")`, where what is asked is a name or what a getter gives. */
function equalsAt(tree: SyntaxTree, node: number): Comparison | null {
  const [, not, left = '', right] = equals.exec(flat(tree, node, 120)) ?? [];
  if (right === undefined) return null;
  return {
    left: left.replaceAll(/\b((?:get|is)[A-Z]\w*)\(\)/g, '$1'),
    operator: not === '!' ? '!=' : '==',
    right,
  };
}

const constant = /^(-?\d[\w.]*|"[^"]*"|'[^']*')$/;

/** `x != 1 || x != 2`, `x == 1 && x == 2`, `x > 5 && x < 3`, `list.length >= 0`: told by the source alone. */
function isForegone({ tree }: Context, node: number): boolean {
  if (!isLogical(tree, node)) {
    const one = comparisonAt(tree, node);
    return (
      one !== null &&
      (isSizeTest(one, tree) || isBeyondCalendar(one, tree)) &&
      !/typeof/.test(tree.excerpt(tree.parentOf(node), 300))
    );
  }
  if (!isChainTop(tree, node)) return false;
  const isOr = /^(\|\||or)$/.test(operatorOf(tree, node));
  const found = chainOf(tree, node)
    .map((one) => comparisonAt(tree, one))
    .filter((one) => one !== null)
    .filter(({ left, right }) => isStable(left) && constant.test(right));
  return found.some((one, at) => found.slice(at + 1).some((other) => contradict(one, other, isOr)));
}

function isSizeTest({ left, operator, right }: Comparison, { table }: SyntaxTree): boolean {
  if (right !== '0' || !/^(>=|<)$/.test(operator)) return false;
  if (table.language === 'python' && !left.startsWith('len(')) return false;
  if (table.language === 'csharp' && /\.Count\(/.test(left)) return true;
  return /(\.(length|size\(\)|Length|Count|len\(\)|length\(\))|^(len|count|strlen)\([^()]*\))$/.test(
    left,
  );
}

/** JavaScript counts months and days of the week from 0. */
function isBeyondCalendar({ left, operator, right }: Comparison, { table }: SyntaxTree): boolean {
  if (!table.closuresAreUnits || !/^[!=]==?$/.test(operator)) return false;
  const [, part] = /\.get(?:UTC)?(Month|Day)\(\)$/.exec(left) ?? [];
  return part !== undefined && Number(right) >= (part === 'Month' ? 12 : 7);
}

function contradict(one: Comparison, other: Comparison, isOr: boolean): boolean {
  if (one.left !== other.left || one.right === other.right) return false;
  const both = [one.operator, other.operator];
  if (both.every((operator) => (isOr ? operator.startsWith('!') : /^===?$/.test(operator))))
    return true;
  const [low, high] = one.operator.startsWith('>') ? [one, other] : [other, one];
  if (!low.operator.startsWith('>') || !high.operator.startsWith('<')) return false;
  const from = Number(low.right);
  const to = Number(high.right);
  // A comparison with what is no number is false: nothing is said.
  return isOr ? from < to : from > to;
}

/** `role == "admin" or "owner"`: the second text is always true. */
function hasConstantOperand({ tree }: Context, node: number): boolean {
  if (!/^(\|\||or)$/.test(operatorOf(tree, node))) return false;
  const both = operandsOf(tree, node);
  if (both === null || tree.kind(both[1]) === undefined) return false;
  const kind = tree.kind(both[1]);
  if (kind !== 'string' && kind !== 'number') return false;
  if (/^(0|""|'')$/.test(tree.excerpt(both[1], 3))) return false;
  return lastOf(tree, both[0], /^([=!]==?|[<>]=?)$/);
}

function lastOf(tree: SyntaxTree, node: number, operators: RegExp): boolean {
  const chain =
    tree.kind(node) === 'binary' && isLogical(tree, node) ? chainOf(tree, node) : [node];
  return chain.some((one) => tree.kind(one) === 'binary' && operators.test(operatorOf(tree, one)));
}

/** A semicolon is all that there is of the body; what did not parse may be more of it. */
function isBare(tree: SyntaxTree, node: number): boolean {
  const then = tree.field(node, 'consequence', 'body');
  if (then < 0 || tree.excerpt(then, 2) !== ';') return false;
  const start = tree.start[then] ?? 0;
  const before = tree.source.slice(Math.max(0, start - 40), start);
  return /[)\w]\s*$/.test(before) && !tree.children(node).some((one) => tree.isError(one));
}

/** `for (i = 0; i < n; i++);`, and what follows reads the place behind the last one. */
function readsBehind(tree: SyntaxTree, loop: number, next: number): boolean {
  const head = /^for\s*\([^;]*;\s*(\w+)\s*<\s*[\w.>-]+\s*;\s*(?:\+\+\s*)?\1\s*(?:\+\+)?\s*\)\s*;/;
  const index = head.exec(tree.excerpt(loop, 160))?.[1];
  return index !== undefined && new RegExp(`\\[\\s*${index}\\s*\\]`).test(tree.excerpt(next, 300));
}

export const logicDetectors: Detector[] = [
  { rule: 'identical-branches', kinds: ['if'], test: hasSameBranches },
  {
    rule: 'identical-branches',
    kinds: ['ternary'],
    test: ({ tree }, node) => {
      const [, then, other] = tree.namedChildren(node);
      // Python: `a if c else a`.
      const [first] = tree.namedChildren(node);
      const one = tree.table.language === 'python' ? first : then;
      return (
        one !== undefined &&
        other !== undefined &&
        sameText(tree, one, 300) !== '' &&
        sameText(tree, one, 300) === sameText(tree, other, 300)
      );
    },
  },
  {
    rule: 'repeated-condition',
    kinds: ['if'],
    test: (context, node) => repeatedCondition(context, node) >= 0,
    place: repeatedCondition,
  },
  {
    rule: 'repeated-condition',
    kinds: ['switch'],
    test: (context, node) => repeatedCase(context, node) >= 0,
    place: repeatedCase,
  },
  { rule: 'identical-operands', kinds: ['binary'], test: repeatsOperand },
  { rule: 'foregone-condition', kinds: ['binary'], test: isForegone },
  {
    rule: 'foregone-condition',
    kinds: ['call'],
    method: /^equals$/,
    test: ({ tree }, node) =>
      tree.table.language === 'java' && /\.equals\(\s*null\s*\)$/.test(flat(tree, node, 200)),
  },
  { rule: 'constant-operand', kinds: ['binary'], test: hasConstantOperand },
  {
    rule: 'empty-body',
    kinds: ['if', 'loop'],
    test: ({ tree }, node) => {
      if (/^(do_statement|while_modifier|until_modifier)$/.test(tree.type(node))) return false;
      if (!isBare(tree, node)) return false;
      // Nothing in the one case, and something else in the other, is said on purpose.
      if (tree.field(node, 'alternative') >= 0 || /^if\s*\(0\)/.test(tree.excerpt(node, 8)))
        return false;
      const [next] = following(tree, node, 1);
      return (
        tree.kind(node) === 'if' ||
        (next !== undefined && (tree.excerpt(next, 1) === '{' || readsBehind(tree, node, next)))
      );
    },
  },
];
