import { argumentNodes, callAt } from '../../calls.ts';
import { parameterFacts } from '../../parameters.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { sourceHolds, unitOf, type Context, type Detector } from '../context.ts';
import { madeOf } from './name-index.ts';
import { below, flat } from './shapes.ts';

const later =
  /^(set(Timeout|Interval|Immediate)|requestAnimationFrame|nextTick|then|catch|finally)$/;
const forEach = /^(map|filter|forEach|some|every|find|findIndex|flatMap)$/;

/** `later(function () { this.count += 1; })` in a method: `this` is not the object there. */
function losesThis({ tree }: Context, node: number): boolean {
  if (tree.type(node) !== 'function_expression') return false;
  const list = tree.parentOf(node);
  const call = tree.parentOf(list);
  if (tree.type(list) !== 'arguments' || tree.kind(call) !== 'call') return false;
  const { name, arguments: count } = callAt(tree, call);
  if (!later.test(name) && !(forEach.test(name) && count === 1)) return false;
  const around = tree.above(node, 'class');
  if (around < 0 || tree.kind(tree.above(node, 'function', 'closure')) !== 'function') return false;
  const used = thisIn(tree, tree.field(node, 'body'));
  if (used === null) return false;
  const rest =
    tree.source.slice(tree.start[around], tree.start[node]) +
    tree.source.slice(tree.stop[node], tree.stop[around]);
  return new RegExp(
    `\\bthis\\.${used}\\b|\\n\\s*(async\\s+|static\\s+|private\\s+|public\\s+)*${used}\\s*[(=:]`,
  ).test(rest.slice(0, 40_000));
}

/** The first member of `this` that a function asks for itself, or null. */
function thisIn(tree: SyntaxTree, body: number): string | null {
  if (body < 0) return null;
  for (const at of below(tree, body)) {
    if (tree.kind(at) !== 'member') continue;
    const name = /^this\.([A-Za-z_]\w*)$/.exec(tree.excerpt(at, 60))?.[1];
    if (name !== undefined) return name;
  }
  return null;
}

const react = /['"](react|preact\/hooks)['"]/;
const starts = /^(setInterval|((window|document|[\w.]+)\.)?addEventListener)$/;

/** The first timer or listener that an effect of a component starts, where it gives nothing that ends it; or -1. */
function leftRunning({ tree }: Context, node: number): number {
  const [effect = -1] = argumentNodes(tree, node);
  const body = tree.kind(effect) === 'closure' ? tree.field(effect, 'body') : -1;
  if (body < 0 || tree.kind(body) !== 'block' || !sourceHolds(tree, react)) return -1;
  const inner = [...below(tree, body)];
  const isEnded = inner.some(
    (at) => tree.kind(at) === 'return' && tree.namedChildren(at).length > 0,
  );
  return isEnded ? -1 : (inner.find((at) => tree.kind(at) === 'call' && isStarted(tree, at)) ?? -1);
}

function isStarted(tree: SyntaxTree, node: number): boolean {
  const { name, qualifier } = callAt(tree, node);
  const full = qualifier === null ? name : `${qualifier}.${name}`;
  return starts.test(full) && !/\b(once|signal)\b/.test(tree.excerpt(node, 1_000).slice(-80));
}

const ends =
  /\b(clearInterval|AbortController|removeEventListener|componentWillUnmount|ngOnDestroy|disconnectedCallback|onUnmounted|beforeUnmount)\b/;

const classEnds =
  /\n\s*(async\s+|public\s+|override\s+)*(unmount|destroy|dispose|disconnectedCallback|teardown|detach|stop|close)\s*\([^)]*\)\s*(:\s*\w+\s*)?\{/;

/** A listener of the whole page, or a timer, of a class that has an end but does not end it there. */
function outlivesObject({ tree }: Context, node: number): boolean {
  const around = tree.above(node, 'class');
  if (around < 0 || sourceHolds(tree, ends) || !isStarted(tree, node)) return false;
  const { name, qualifier } = callAt(tree, node);
  if (name === 'addEventListener' && !/^(window|document)(\.body)?$/.test(qualifier ?? ''))
    return false;
  return classEnds.test(tree.excerpt(around, 30_000));
}

/** `componentDidMount() { setInterval(…) }` of a class that never ends it. */
function startsForGood({ tree }: Context, node: number): boolean {
  const unit = tree.above(node, 'function');
  const named = unit < 0 ? -1 : tree.field(unit, 'name');
  if (named < 0 || !/^(componentDidMount|ngOnInit|ngAfterViewInit)$/.test(tree.excerpt(named, 30)))
    return false;
  return isStarted(tree, node) && !sourceHolds(tree, ends);
}

const blocking =
  /^(fs\.)?(readFile|writeFile|appendFile|readdir|copyFile)Sync$|^(child_process\.)?(execSync|spawnSync|execFileSync)$|^(crypto\.)?(pbkdf2Sync|scryptSync)$|^bcrypt(js)?\.(hashSync|compareSync)$/;
const routes = /^(get|post|put|patch|delete|all|use)$/;

const handles =
  /^(async\s+)?(function\s*\w*\s*)?\(?\s*(_?req(uest)?(:\s*\w+)?\s*,\s*_?(res(ponse)?|reply)\b|ctx\b)/;

/** A call that blocks in what answers requests. */
function blocksRequests(context: Context, node: number): boolean {
  const { tree } = context;
  if (context.file.role !== 'source') return false;
  const handler = tree.above(node, 'closure', 'function');
  const list = tree.parentOf(handler);
  const call = tree.parentOf(list);
  if (tree.kind(handler) !== 'closure' || tree.type(list) !== 'arguments') return false;
  if (!handles.test(tree.excerpt(handler, 120))) return false;
  const { name, qualifier } = callAt(tree, call);
  if (!routes.test(name) || qualifier === null) return false;
  return (
    /(app|router|server|fastify|api|route\w*)$/i.test(qualifier) ||
    /^(express(\.Router)?|[fF]astify|Router)\(|^new (Router|Hono)\(/.test(
      madeOf(context, node, qualifier),
    )
  );
}

/** `const sorted = props.items.sort(…)`: the list of the caller is sorted, too. */
function sortsArgument(context: Context, node: number): boolean {
  const { tree } = context;
  const { qualifier } = callAt(tree, node);
  if (qualifier === null || !/^\w+(\.\w+)*$/.test(qualifier)) return false;
  const parent = tree.parentOf(node);
  if (tree.kind(parent) !== 'declarator' || !/^(sort|reverse)$/.test(callAt(tree, node).name))
    return false;
  const unit = unitOf(context, node);
  const root = /^(this\.props|this\.state|\w+)/.exec(qualifier)?.[0] ?? '';
  if (root.startsWith('this.')) return true;
  if (unit === null || !parameterFacts(tree, unit).some(({ name }) => name === root)) return false;
  const before = tree.source.slice(tree.start[unit.body], tree.start[node]);
  return !new RegExp(`\\b${root}\\s*=[^=]`).test(before) && flat(tree, parent, 200) !== '';
}

/** Callbacks that come too late, for the wrong object, or never end. */
export const callbackDetectors: Detector[] = [
  { rule: 'lost-this', kinds: ['closure', 'function'], test: losesThis },
  {
    rule: 'effect-without-cleanup',
    kinds: ['call'],
    method: /^use(Layout)?Effect$/,
    test: (context, node) => leftRunning(context, node) >= 0,
    place: leftRunning,
  },
  {
    rule: 'effect-without-cleanup',
    kinds: ['call'],
    method: /^(setInterval|addEventListener)$/,
    needs: /\b(componentDidMount|ngOnInit|ngAfterViewInit)\b/,
    test: startsForGood,
  },
  {
    rule: 'effect-without-cleanup',
    kinds: ['call'],
    method: /^(setInterval|addEventListener)$/,
    needs: /\bclass\b/,
    test: outlivesObject,
  },
  { rule: 'blocking-in-handler', kinds: ['call'], callee: blocking, test: blocksRequests },
  { rule: 'changed-argument', kinds: ['call'], method: /^(sort|reverse)$/, test: sortsArgument },
];
