import { argumentNodes, callAt, fullName } from '../../calls.ts';
import { headerText } from '../../headers.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { unitOf, type Context, type Detector } from '../context.ts';
import { typeOf } from './name-index.ts';
import { flat, isStatementCall } from './shapes.ts';

/** A timer that is given `this.hide()`, `Thread(target=self.work())` of a function of the file that gives nothing back. */
function callsAtOnce(context: Context, node: number): boolean {
  const { tree } = context;
  const later = laterOf(tree, node);
  if (later < 0 || tree.kind(later) !== 'call' || argumentNodes(tree, later).length > 0)
    return false;
  const { name, qualifier } = callAt(tree, later);
  if (qualifier !== null && !/^(this|self)$/.test(qualifier)) return false;
  const meant = context.units.list.filter((unit) => unit.name === name);
  return (
    meant.length > 0 &&
    meant.every(({ node: at }) => /\{|:\s*\n/.test(tree.excerpt(at, 300)) && !givesBack(tree, at))
  );
}

function givesBack(tree: SyntaxTree, unit: number): boolean {
  return /\b(return|yield|async)\b|=>\s*[^{\s]/.test(tree.excerpt(unit, 8_000));
}

/** What a timer or thread is told to run, or -1. */
function laterOf(tree: SyntaxTree, node: number): number {
  const nodes = argumentNodes(tree, node);
  if (tree.table.language !== 'python') return nodes[0] ?? -1;
  const target = nodes.find((one) => /^target\s*=/.test(tree.excerpt(one, 20)));
  return target === undefined ? -1 : tree.field(target, 'value');
}

/** `bytes.equals(other)` of an array. */
function comparesArray(context: Context, node: number): boolean {
  const { tree } = context;
  const { qualifier } = callAt(tree, node);
  if (qualifier === null || !/^(this\.)?\w+$/.test(qualifier)) return false;
  return typeOf(context, node, qualifier.replace('this.', ''))?.endsWith('[]') === true;
}

/** `total.divide(people)`: an endless fraction throws; what is divided by is no constant, which may be chosen to end. */
function dividesEndlessly(context: Context, node: number): boolean {
  const { tree } = context;
  const { qualifier } = callAt(tree, node);
  const [by = -1, more] = argumentNodes(tree, node);
  if (qualifier === null || by < 0 || more !== undefined) return false;
  return (
    typeOf(context, node, qualifier.replace('this.', '')) === 'BigDecimal' &&
    /^(\w*[a-z]\w*|(new BigDecimal|BigDecimal\.valueOf)\([a-z][\w.()]*\))$/.test(flat(tree, by, 80))
  );
}

/** `notifyAll()` in a public method that holds no lock. */
function notifiesAlone(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  const { qualifier, arguments: count } = callAt(tree, node);
  if (unit === null || count > 0 || (qualifier !== null && qualifier !== 'this')) return false;
  const header = headerText(tree, unit.node);
  if (unit.closure || !isStatementCall(tree, node) || !/\bpublic\b/.test(header)) return false;
  const before = tree.source.slice(tree.start[unit.node], tree.start[node]);
  return !/\bsynchronized\b/.test(before);
}

/** Calls of Java, scripts and Python that come too early or do something else than their names say. */
export const callDetectors: Detector[] = [
  {
    rule: 'called-at-once',
    kinds: ['call'],
    callee: /^(window\.)?set(Timeout|Interval)$/,
    test: callsAtOnce,
  },
  {
    rule: 'called-at-once',
    kinds: ['call'],
    callee: /^(threading\.)?(Thread|Timer)$|^(multiprocessing\.)?Process$/,
    needs: /\btarget\s*=/,
    test: callsAtOnce,
  },
  { rule: 'array-equals', kinds: ['call'], method: /^equals$/, needs: /\[\]/, test: comparesArray },
  {
    rule: 'endless-fraction',
    kinds: ['call'],
    method: /^divide$/,
    needs: /\bBigDecimal\b/,
    test: dividesEndlessly,
  },
  {
    rule: 'property-for-text',
    kinds: ['call'],
    callee: /^(Boolean\.getBoolean|Integer\.getInteger|Long\.getLong)$/,
    test: ({ tree }, node) => {
      const [first = -1] = argumentNodes(tree, node);
      return tree.kind(first) === 'call' && /\.get\w*$/.test(fullName(tree, first));
    },
  },
  {
    rule: 'notify-without-lock',
    kinds: ['call'],
    method: /^notify(All)?$/,
    test: notifiesAlone,
  },
];
