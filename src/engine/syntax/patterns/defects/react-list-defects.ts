import { argumentNodes, callAt } from '../../calls.ts';
import { parameterFacts } from '../../parameters.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { codeText, saidOn, sourceHolds, unitOf, type Context, type Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { flat, following, isStatementCall, statementAround, unitText } from './shapes.ts';

const reactLibrary = /['"](react|preact\/hooks)['"]/;

/** The element and its place, as a callback of `map` names them; null where it names none. */
function namesOfTurn(
  tree: SyntaxTree,
  closure: number,
): readonly [element: string, place: string] | null {
  const parameters = tree.field(closure, 'parameters');
  const list = tree.parentOf(closure);
  if (parameters < 0 || tree.kind(closure) !== 'closure' || tree.type(list) !== 'arguments')
    return null;
  if (callAt(tree, tree.parentOf(list)).name !== 'map') return null;
  const [element = '', place = ''] = tree
    .namedChildren(parameters)
    .map((one) => flat(tree, one, 80).replace(/\s*:.*$/, ''));
  return /^\w+$/.test(place) ? [element, place] : null;
}

const identities = 'id|_id|uuid|guid|key|sku|slug';

/** `key={index}` where the elements have an id, or where they are removed by their place. */
function keysByPlace({ tree }: Context, node: number): boolean {
  const key = /^key=\{(?:`\$\{)?(\w+)(?:\}`|\.toString\(\))?\}$/.exec(flat(tree, node, 60))?.[1];
  if (key === undefined) return false;
  const closure = tree.above(node, 'closure', 'function');
  const [element, place] = (closure < 0 ? null : namesOfTurn(tree, closure)) ?? [];
  if (element === undefined || place !== key) return false;
  const opening = tree.parentOf(node);
  const isWhole = tree.type(opening) === 'jsx_self_closing_element';
  const text = tree.excerpt(isWhole ? opening : tree.parentOf(opening), 4_000);
  const hasIdentity = /^\w+$/.test(element)
    ? new RegExp(`\\b${element}\\.(${identities})\\b`).test(text)
    : new RegExp(`[{,]\\s*(${identities})\\s*[,}]`).test(element);
  return (
    hasIdentity || new RegExp(`\\b\\w*([rR]emove|[dD]elete)\\w*\\(\\s*${place}\\s*\\)`).test(text)
  );
}

const hooks = /^use(Effect|LayoutEffect|Callback|Memo)$/;

/** Names that are meant to be read once, or that never change. */
const steady =
  /^(on[A-Z]|set[A-Z]|handle[A-Z]|initial|default|dispatch$|navigate$|router$|t$|ref$|props$|children$)|Ref$/;

/** A hook of a component that says what its callback depends on, and means no less by it. */
function listsDependencies(context: Context, callback: number, list: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, list);
  if (unit === null || tree.type(list) !== 'array' || tree.kind(callback) !== 'closure')
    return false;
  return (
    sourceHolds(tree, reactLibrary) && /^([A-Z]|use[A-Z])/.test(unit.name) && !isSaid(context, list)
  );
}

/** The callback of a hook reads a property or state of its component that its list of dependencies lacks. */
function lacksDependency(context: Context, node: number): boolean {
  const { tree } = context;
  const [callback = -1, list = -1] = argumentNodes(tree, node);
  if (list < 0 || !listsDependencies(context, callback, list)) return false;
  const code = codeText(tree, callback, 6_000) ?? '';
  const known = new Set(flat(tree, list, 400).match(/\w+/g) ?? []);
  return changingNames(context, node).some(
    (name) => !known.has(name) && !steady.test(name) && isHandedOn(tree, code, callback, name),
  );
}

const meantSo = /exhaustive-deps|eslint-disable|only once|on mount/i;

/** A comment says that it is meant. */
function isSaid(context: Context, list: number): boolean {
  const { tree } = context;
  const [first, last] = [tree.startLine(list), tree.endLine(list)];
  return (
    saidOn(context, first - 4, last).some((text) => meantSo.test(text)) ||
    tree.children(list).some((one) => tree.kind(one) === 'comment')
  );
}

const states = /\b(?:const|let|var)\s*\[\s*(\w+)\s*,\s*set\w+\s*\]\s*=\s*(?:React\.)?useState\b/g;

/** Properties that the component takes apart, and its state. */
function changingNames(context: Context, node: number): string[] {
  const unit = unitOf(context, node);
  if (unit === null) return [];
  const { tree } = context;
  const given = unit.parameters < 0 ? '' : flat(tree, unit.parameters, 600);
  const taken = /^\(?\s*\{([^{}]*)\}/.exec(given)?.[1] ?? '';
  const props = taken.split(',').flatMap((one) => /^\s*(\w+)\s*$/.exec(one)?.[1] ?? []);
  const alone = /^use[A-Z]/.test(unit.name)
    ? parameterFacts(tree, unit).map(({ name }) => name)
    : [];
  const state = [...unitText(context, node).matchAll(states)].map(([, name = '']) => name);
  return [...props, ...alone, ...state];
}

/** A name of the callback's own, or a parameter of a function in it. */
function isOwnName(code: string, word: string): boolean {
  return new RegExp(
    `\\b(const|let|var|function)\\s+(\\{[^}]*|\\[[^\\]]*)?\\b${word}\\b|\\([^()]*\\b${word}\\b[^()]*\\)\\s*(:[^={]*)?=>|\\b${word}\\s*=>`,
  ).test(code);
}

const lasting = /\bsetInterval\(|\.addEventListener\(|\.on\(|\.subscribe\(|\.onmessage\b/;
const fetching = /\bfetch\w*\(|\baxios\b|\bawait\b|\.then\(|\b(get|load|search|query)\w*\(/i;

/** What asks for data, or counts on for as long as the component stands, gets the value. */
function isHandedOn(tree: SyntaxTree, code: string, callback: number, name: string): boolean {
  const word = escaped(name);
  if (isOwnName(code, word)) return false;
  const text = tree.excerpt(callback, 6_000);
  const setter = `set${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  if (code.includes(`${setter}(`)) {
    const addsTo = new RegExp(`\\b${setter}\\(\\s*([[{]\\s*\\.{3})?${word}\\b`);
    return lasting.test(text) && addsTo.test(code);
  }
  const handed = new RegExp(
    `\\w\\([^()]*(?<![.\\w])${word}\\b(?!\\s*:)[^()]*\\)|\\$\\{\\s*${word}\\b`,
  );
  return fetching.test(text) && handed.test(text);
}

/** `setCount(count + 1); setCount(count + 1);` */
function setsTwice({ tree }: Context, node: number): boolean {
  const [, setter = '', name] =
    /^set([A-Z]\w*)\(\s*(\w+)\s*[-+*]\s*\w+\s*\)$/.exec(flat(tree, node, 80)) ?? [];
  const state = `${setter.charAt(0).toLowerCase()}${setter.slice(1)}`;
  if (name === undefined || state !== name || !isStatementCall(tree, node)) return false;
  const [next = -1] = following(tree, statementAround(tree, node), 1);
  return next >= 0 && tree.excerpt(next, 80).startsWith(`set${setter}(${name} `);
}

/** Lists and effects of React that go by the place or by what once was. */
export const reactListDetectors: Detector[] = [
  { rule: 'index-as-key', kinds: ['type:jsx_attribute'], needs: /\bkey=\{/, test: keysByPlace },
  {
    rule: 'lost-update',
    kinds: ['call'],
    method: /^set[A-Z]/,
    needs: /\buseState\b/,
    test: setsTwice,
  },
  {
    rule: 'missing-dependency',
    kinds: ['call'],
    method: hooks,
    test: lacksDependency,
    place: ({ tree }, node) => argumentNodes(tree, node)[1] ?? node,
  },
];
