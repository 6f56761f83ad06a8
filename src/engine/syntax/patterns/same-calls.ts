import { bindingAt } from '../bindings.ts';
import { argumentNodes, callAt } from '../calls.ts';
import { nodesOf } from '../nodes-where.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { identities, matcherOf } from './matchers.ts';

/** Characters of a side that are read, and names that are followed from one to the next. */
const limits = { text: 200, steps: 4 };

const bindingsOf = nodesOf('assignment', 'declarator');

/** What names of a test were given, once each: a name that is given something again stands for itself. */
export function textsOfNames(tree: SyntaxTree, from: number, to: number): Map<string, string> {
  const texts = new Map<string, string>();
  const again = new Set<string>();
  for (const node of bindingsOf(tree, from, to)) {
    const binding = bindingAt(tree, node);
    if (binding === null) continue;
    const name = tree.excerpt(binding.target, 100);
    if (texts.has(name)) again.add(name);
    texts.set(name, plain(tree.excerpt(binding.value, limits.text)));
  }
  for (const name of again) texts.delete(name);
  return withParts(texts);
}

/** `const { total } = cart` makes `total` of `cart.total`. */
function withParts(texts: Map<string, string>): Map<string, string> {
  for (const [target, value] of texts) {
    const parts = /^\{([\w\s,]+)\}$/.exec(target)?.[1];
    if (parts === undefined || !/^[\w.]+$/.test(value)) continue;
    for (const name of parts.split(',').map((part) => part.trim()))
      if (name !== '' && !texts.has(name)) texts.set(name, `${value}.${name}`);
  }
  return texts;
}

/**
 * An assertion that a call gives what the same call gives, by whatever names the answers go: that only says that the code
 * does the same thing twice. That one thing is handed out twice is more, as is that two answers differ, or that two objects
 * which were made alike are equal.
 */
export function isOfOneCall(
  tree: SyntaxTree,
  node: number,
  bound: ReadonlyMap<string, string>,
): boolean {
  if (tree.kind(node) === 'call' && identities.test(callAt(tree, node).name)) return false;
  if (tellsApart(tree, node)) return false;
  const [first, second] = sidesOf(tree, node).map((side) =>
    callsIn(withNames(followed(side, bound), bound)),
  );
  if (first === undefined || first === '' || first !== second) return false;
  return !(hasIdentity.has(tree.table.language) && made.test(first));
}

/** Where two objects are alike only if their class says so: that two new ones are is what it says. */
const hasIdentity = new Set(['java', 'csharp', 'python', 'ruby', 'cpp', 'rust']);
const made = /^(new)?[A-Z]\w*(<[^<>]*>)?((\.|::)new)?\(/;

/** That two things differ. */
const apart =
  /^(not|notTo|not_to|to_not|isNot\w*|ne|(assert_?)?not_?(deep_?|strict_?)?equals?|\w*NotEquals?|assertNotSame|refute_equal|assert_ne|differ\w*)$/i;

function tellsApart(tree: SyntaxTree, node: number): boolean {
  if (tree.kind(node) === 'assert' || tree.type(node) === 'macro_invocation')
    return /!=|\bis not\b|^assert_ne!/.test(tree.excerpt(node, limits.text));
  return [callAt(tree, node).name, ...matcherOf(tree, node).names].some((name) => apart.test(name));
}

/** What an assertion compares: the last two arguments that are no messages, or the sides of a comparison. */
export function sidesOf(tree: SyntaxTree, node: number): string[] {
  if (tree.kind(node) === 'assert') return comparedIn(tree.excerpt(node, 2 * limits.text));
  if (tree.table.language === 'go' && /^(Error|Fatal)f?$/.test(callAt(tree, node).name))
    return comparedIn(checkedBy(tree, node));
  const own = argumentNodes(tree, node);
  const given = [...own, ...matcherOf(tree, node).arguments];
  const values = given.filter((argument) => tree.kind(argument) !== 'string');
  const texts = values.map((argument) => tree.excerpt(argument, limits.text));
  if (texts.length === 1) return comparedIn(texts[0] ?? '');
  return texts.filter((text) => text.includes('(') || /^\w+$/.test(text)).slice(-2);
}

/** The two sides of a comparison, by a sign or by `equals`; none where a text is no comparison. */
export function comparedIn(text: string): string[] {
  const sides =
    /^(?:[\w.]*\bObjects\.)equals\((.+),(.+)\)$/s.exec(text) ??
    /^([\w.()]+)\.(?:equals|Equals|eql\?)\((.+)\)$/s.exec(text) ??
    /^(?:assert\s*!?\(?\s*)?(.+?)\s*(?:===?|!==?|\bis\b)\s*(.+)$/s.exec(text);
  return sides === null ? [] : [(sides[1] ?? '').trim(), (sides[2] ?? '').trim()];
}

function followed(side: string, bound: ReadonlyMap<string, string>): string {
  let text = plain(side);
  for (let step = 0; step < limits.steps; step += 1) {
    const known = bound.get(text);
    if (known === undefined) break;
    text = known;
  }
  return text;
}

/** The condition under which Go's own tests fail. */
function checkedBy(tree: SyntaxTree, node: number): string {
  const check = tree.above(node, 'if', 'function', 'closure');
  return tree.kind(check) === 'if'
    ? tree.excerpt(tree.field(check, 'condition'), 2 * limits.text)
    : '';
}

/** `run(1)` as `cart.total(1)`, where `run` is another name of `cart.total`. */
function withNames(text: string, bound: ReadonlyMap<string, string>): string {
  return text.replaceAll(/(?<![\w.])([A-Za-z_]\w*)(?=\()/g, (name) => {
    const other = bound.get(name) ?? name;
    return /^[\w.]+$/.test(other) ? other : name;
  });
}

/** Without what only shows a value in another way. */
function plain(text: string): string {
  return text
    .trim()
    .replace(/^(?:await\s+)?(?:(?:JSON\.stringify|str|repr|String|list|tuple)\((.*)\))$/s, '$1')
    .replace(/^await\s+/, '');
}

/** The calls of a text; empty where it calls nothing. */
function callsIn(text: string): string {
  if (!text.includes('(')) return '';
  return text.replaceAll(/\s/g, '');
}
