import { argumentNodes, callAt, methodName } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import { unitOf, type Context, type Detector } from '../context.ts';
import { comparesReferences } from './identity.ts';
import { typeOf } from './name-index.ts';
import { flat, operandsOf } from './shapes.ts';

const equality = /^[=!]==?$/;

/** The type of `price`, `this.price` or `order.price`: of a name, or of a field of the file's types. */
function typeOfPlace(context: Context, node: number): string {
  const { tree } = context;
  const kind = tree.kind(node);
  if (kind !== 'identifier' && kind !== 'member') return '';
  const name = /^[\w.>&*-]*?(\w+)$/.exec(flat(tree, node, 80))?.[1] ?? '';
  return typeOf(context, node, name) ?? '';
}

const fractions = /^:?\s*(double|float|f32|f64|float32|float64|Double|Float)\??$/;

/** Something is worked out from fractions alone, and what it gives is compared with another fraction. */
function comparesWorkedOut(context: Context, node: number): boolean {
  const { tree } = context;
  const both = operandsOf(tree, node);
  if (both === null || !equality.test(operatorOf(tree, node))) return false;
  const [made, other] = both
    .map((side) => bare(tree, side))
    .sort((side) => (tree.kind(side) === 'binary' ? -1 : 1));
  if (made === undefined || other === undefined || tree.kind(made) !== 'binary') return false;
  // A product with nothing is nothing, and only a difference is asked whether it is.
  const isNothing = /^0(\.0)?$/.test(flat(tree, other, 8)) && operatorOf(tree, made) === '-';
  return isFraction(context, made) && (isNothing || isFraction(context, other));
}

function bare(tree: SyntaxTree, node: number): number {
  let at = node;
  for (let depth = 0; depth < 5 && tree.kind(at) === 'paren'; depth += 1)
    at = tree.namedChildren(at)[0] ?? -1;
  return at;
}

function isFraction(context: Context, node: number, depth = 0): boolean {
  const { tree } = context;
  if (/\.to_f$|^float\([^()]*\)$/.test(flat(tree, node, 80))) return true;
  if (tree.kind(node) !== 'binary') return fractions.test(typeOfPlace(context, node));
  if (depth > 6 || !/^[-+*/]$/.test(operatorOf(tree, node))) return false;
  const sides = (operandsOf(tree, node) ?? []).map((side) => bare(tree, side));
  const isNumber = (side: number): boolean => tree.kind(side) === 'number';
  return (
    sides.some((side) => !isNumber(side)) &&
    sides.every((side) => isNumber(side) || isFraction(context, side, depth + 1))
  );
}

/** `first.At == second.At` of `time.Time`. */
function comparesMoments(context: Context, node: number): boolean {
  const both = operandsOf(context.tree, node);
  if (both === null || !equality.test(operatorOf(context.tree, node))) return false;
  return both.every((side) => typeOfPlace(context, side) === 'time.Time');
}

const values =
  /^(BigDecimal|BigInteger|LocalDate|LocalDateTime|LocalTime|Instant|ZonedDateTime|OffsetDateTime|UUID)$/;

/** Numbers that are small whatever they are of. */
const small =
  /(length|size|ordinal|index|count|depth|level|rank|priority|order|position|pos|row|col(umn)?|year|month|day|hour|minute|age|line|offset|width|height|weight|num|compare\w*|charAt)(\(\w*\))?$/i;
const difference = /^(\w+)((?:\.\w+(?:\(\))?)+) - (\w+)\2$/;

/** `(a, b) -> a.getAmount() - b.getAmount()` */
function ordersByDifference({ tree }: Context, node: number): boolean {
  const text = flat(tree, node, 160);
  const made = /^\(?\s*\w+\s*,\s*\w+\s*\)?\s*[-=]>\s*(.*)$/.exec(text)?.[1];
  if (made === undefined) return false;
  const cut = /^\(int\)\s*\((.*)\)$/.exec(made)?.[1];
  const [, left, member = '', right] = difference.exec(cut ?? made) ?? [];
  const isOrder = left !== undefined && left !== right && isComparator(tree, node);
  return isOrder && (cut !== undefined || !small.test(member));
}

function isComparator(tree: SyntaxTree, closure: number): boolean {
  const list = tree.parentOf(closure);
  const around = /argument/.test(tree.type(list)) ? list : -1;
  const call = around < 0 ? -1 : tree.above(around, 'call', 'new');
  if (call < 0) return /\bCompar(ator|ison)</.test(tree.excerpt(tree.parentOf(list), 40));
  return /^(sort|sorted|Sort|compare|max|min|PriorityQueue|TreeSet|TreeMap|Create)$/.test(
    callAt(tree, call).name,
  );
}

/** `.OrderBy(…).OrderBy(…)` */
function ordersAgain({ tree }: Context, node: number): boolean {
  const { qualifier } = callAt(tree, node);
  if (qualifier === null || argumentNodes(tree, node).length !== 1) return false;
  const callee = tree.field(node, 'function');
  const before = callee < 0 ? -1 : tree.field(callee, 'expression');
  return (
    before >= 0 &&
    tree.kind(before) === 'call' &&
    /^OrderBy(Descending)?$/.test(callAt(tree, before).name)
  );
}

/** `std::accumulate(prices.begin(), prices.end(), 0)` of fractions. */
function startsWhole(context: Context, node: number): boolean {
  const { tree } = context;
  const nodes = argumentNodes(tree, node);
  const [list] = /^\w+(?=\.c?begin\(\))/.exec(flat(tree, nodes[0] ?? -1, 60)) ?? [];
  if (list === undefined || nodes.length !== 3 || tree.excerpt(nodes[2] ?? -1, 4) !== '0')
    return false;
  return /^(const\s+)?(std::)?(vector|array|list|deque|span)<(const )?(double|float)\b/.test(
    typeOf(context, node, list) ?? '',
  );
}

/** `#[derive(Hash)]` of a type that tells itself what is equal. */
function hashesOtherwise({ tree }: Context, node: number): boolean {
  const name = /^impl\s+PartialEq\s+for\s+(\w+)\s*\{/.exec(flat(tree, node, 4_000))?.[1];
  if (name === undefined) return false;
  const derived = new RegExp(
    `#\\[derive\\([^)]*\\bHash\\b[^)]*\\)\\]\\s*(#\\[[^\\]]*\\]\\s*)*(pub(\\([^)]*\\))?\\s+)?(struct|enum)\\s+${name}\\b`,
  );
  return derived.test(tree.source);
}

/** Values that are compared or ordered by something else than what they stand for. */
export const comparisonDetectors: Detector[] = [
  { rule: 'float-equality', kinds: ['binary'], test: comparesWorkedOut },
  { rule: 'moment-identity', kinds: ['binary'], needs: /\btime\.Time\b/, test: comparesMoments },
  {
    rule: 'value-identity',
    kinds: ['binary'],
    needs: /\b(Big(Decimal|Integer)|Local(Date|Time)|Instant|DateTime|UUID)\b/,
    test: (context, node) => comparesReferences(context, node, values),
  },
  {
    rule: 'unordered-number',
    kinds: ['call'],
    method: /^(sort_by|sort_unstable_by|max_by|min_by|binary_search_by)$/,
    needs: /\.partial_cmp\(/,
    test: ({ tree }, node) =>
      /\.partial_cmp\([^()]*(\(\))?\)\s*\.(unwrap\(\)|expect\()/.test(flat(tree, node, 300)),
    place: ({ tree }, node) => methodName(tree, node),
  },
  {
    rule: 'whole-start',
    kinds: ['call'],
    callee: /^(std\.)?(accumulate|inner_product)$/,
    test: startsWhole,
  },
  {
    rule: 'subtracted-order',
    kinds: ['return'],
    needs: /\bComparator</,
    test: (context, node) => {
      const unit = unitOf(context, node);
      const made = /^return (.*);$/.exec(flat(context.tree, node, 100))?.[1] ?? '';
      const [, left, member = '', right] = difference.exec(made.replace(/^\((.*)\)$/, '$1')) ?? [];
      return unit?.name === 'compare' && left !== right && !small.test(member);
    },
  },
  {
    rule: 'subtracted-order',
    kinds: ['return'],
    needs: /\bcompareTo\b|\bCompareTo\b/,
    test: (context, node) => {
      const unit = unitOf(context, node);
      if (unit === null || !/^[cC]ompareTo$/.test(unit.name)) return false;
      const [, member = '', other] =
        /^return \(?(?:this\.)?([\w.]+(?:\(\))?) - \w+\.([\w.]+(?:\(\))?)\)?;$/.exec(
          flat(context.tree, node, 100),
        ) ?? [];
      return other === member && !small.test(member);
    },
  },
  { rule: 'subtracted-order', kinds: ['closure'], needs: /->|=>/, test: ordersByDifference },
  {
    rule: 'repeated-order',
    kinds: ['call'],
    method: /^OrderBy(Descending)?$/,
    test: ordersAgain,
    place: ({ tree }, node) => methodName(tree, node),
  },
  {
    rule: 'equals-without-hash',
    kinds: ['type:impl_item'],
    needs: /\bHash\b/,
    test: hashesOtherwise,
  },
];
