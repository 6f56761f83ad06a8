import { argumentNodes, callAt } from '../../calls.ts';
import { sourceHolds, unitOf, type Context, type Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { unitText } from './shapes.ts';

const reactLibrary = /['"](react|preact\/hooks)['"]/;

const isReact = ({ tree }: Context): boolean => sourceHolds(tree, reactLibrary);

/** React takes what the callback gives for a clean-up, which a promise is not. */
function isAsyncEffect(context: Context, node: number): boolean {
  const { tree } = context;
  const [first = -1] = argumentNodes(tree, node);
  return (
    isReact(context) && tree.kind(first) === 'closure' && /^async\b/.test(tree.excerpt(first, 6))
  );
}

/** The order of hooks has to be the same each time. */
function isConditionalHook(context: Context, node: number): boolean {
  const { tree } = context;
  const { name } = callAt(tree, node);
  const around = tree.above(node, 'if', 'loop', 'closure', 'function');
  const kind = tree.kind(around);
  if (kind !== 'if' && kind !== 'loop') return false;
  const unit = unitOf(context, node);
  const isComponent = unit !== null && /^([A-Z]|use[A-Z])/.test(unit.name);
  return isReact(context) && name !== 'use' && isComponent && !isInCondition(context, node, around);
}

function isInCondition({ tree }: Context, node: number, around: number): boolean {
  const condition = tree.field(around, 'condition');
  return condition >= 0 && node >= condition && node < tree.endOf(condition);
}

const changing = 'push|pop|shift|unshift|splice|sort|reverse|set|delete|add|clear';

/** `items.push(item); setItems(items)`: React sees the same list and draws nothing. */
function setsChangedState(context: Context, node: number): boolean {
  const { tree } = context;
  const [first = -1] = argumentNodes(tree, node);
  if (tree.kind(first) !== 'identifier' || !isReact(context)) return false;
  const state = escaped(tree.text(first));
  const pair = new RegExp(
    `\\[\\s*${state}\\s*,\\s*${callAt(tree, node).name}\\s*\\]\\s*=\\s*(React\\.)?useState\\b`,
  );
  const changed = new RegExp(`\\b${state}(\\.(${changing})\\(|(\\.\\w+|\\[[^\\]]+\\])\\s*=[^=])`);
  return pair.test(tree.source.slice(0, 40_000)) && changed.test(unitText(context, node));
}

/** Mistakes in components of React. */
export const reactDetectors: Detector[] = [
  {
    rule: 'async-effect',
    kinds: ['call'],
    method: /^use(Layout)?Effect$/,
    test: isAsyncEffect,
  },
  {
    rule: 'conditional-hook',
    kinds: ['call'],
    method: /^use[A-Z]\w*$/,
    test: isConditionalHook,
  },
  {
    rule: 'changed-state',
    kinds: ['call'],
    method: /^set[A-Z]\w*$/,
    needs: /\buseState\b/,
    test: setsChangedState,
  },
];
