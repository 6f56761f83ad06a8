import { rootName } from '../../root-name.ts';
import { bindingAt } from '../bindings.ts';
import { argumentNodes, callAt } from '../calls.ts';
import { nodesOf } from '../nodes-where.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { wordOf } from '../word-of.ts';
import { isDouble } from './doubles.ts';

const loads = /\b(require|import|importlib|load)\b/;

const mayStandIn = nodesOf('function', 'assignment', 'declarator');
const mayFix = nodesOf('assignment', 'declarator', 'augmented', 'call', 'new');

/**
 * Names in a test that are not the code's: bound in the test itself to a function or a double. What is
 * loaded there is still the code's.
 */
export function standIns(tree: SyntaxTree, from: number, to: number): Set<string> {
  const names = new Set<string>();
  for (const node of mayStandIn(tree, from, to)) {
    const kind = tree.kind(node);
    if (kind === 'function') names.add(tree.excerpt(tree.field(node, 'name'), 100));
    const binding = kind === 'function' ? null : bindingAt(tree, node);
    if (binding === null) continue;
    const { target, value } = binding;
    const isOwn = tree.kind(value) === 'closure' && !loads.test(tree.excerpt(value, 200));
    if (isOwn || isDouble(tree, value)) names.add(rootName(tree.excerpt(target, 100)));
  }
  return names;
}

/**
 * Names that hold what the test itself wrote down, whatever the code does: bound to literals only,
 * never in a callback that the code may run, and, when they hold something that can be changed in
 * place, never handed to a call.
 */
export function literalNames(tree: SyntaxTree, from: number, to: number): Set<string> {
  const fixed = new Set<string>();
  const open = new Set<string>();
  for (const node of mayFix(tree, from, to)) {
    const kind = tree.kind(node);
    if (kind === 'assignment' || kind === 'declarator' || kind === 'augmented')
      bind(tree, node, { from, fixed, open });
    else expose(tree, node, open);
  }
  for (const name of open) fixed.delete(name);
  return fixed;
}

interface Names {
  from: number;
  fixed: Set<string>;
  open: Set<string>;
}

function bind(tree: SyntaxTree, node: number, { from, fixed, open }: Names): void {
  const binding = bindingAt(tree, node);
  if (binding === null) {
    if (tree.kind(node) === 'augmented')
      open.add(nameOf(tree, tree.namedChildren(node)[0] ?? node));
    return;
  }
  const { target, value } = binding;
  const name = nameOf(tree, target);
  if (
    tree.kind(node) === 'augmented' ||
    isOfOwnType(tree, node) ||
    dependsOnCode(tree, value, fixed) ||
    isInCallback(tree, node, from)
  ) {
    open.add(name);
    // `ran[0] = true`, `state.ran = true` change what the name at their root holds.
    open.add(/^[&*$@]*[\p{L}_]\w*/u.exec(name)?.[0] ?? name);
  } else fixed.add(name);
}

/** `Fraction half = 2;` of C++: the type of the code makes the value, and says what its operators do with it. */
function isOfOwnType(tree: SyntaxTree, node: number): boolean {
  if (tree.table.language !== 'cpp') return false;
  const type = tree.field(tree.parentOf(node), 'type');
  return (
    type >= 0 &&
    tree.type(type) === 'type_identifier' &&
    !/^(string|u?int\w*|byte|word)$/i.test(tree.excerpt(type, 40))
  );
}

function nameOf(tree: SyntaxTree, node: number): string {
  return tree.excerpt(node, 100);
}

/** Bound by a function inside the test: whoever calls it decides whether it happens. */
function isInCallback(tree: SyntaxTree, node: number, from: number): boolean {
  for (let up = tree.parentOf(node); up > from; up = tree.parentOf(up)) {
    const kind = tree.kind(up);
    if (kind === 'closure' || kind === 'function') return true;
  }
  return false;
}

/** A list or an object that is handed over, or a name given by reference, may come back changed. */
function expose(tree: SyntaxTree, node: number, open: Set<string>): void {
  for (const argument of argumentNodes(tree, node)) {
    const text = tree.excerpt(argument, 120);
    // Most arguments end in a quotation mark or a bracket.
    if (!/\w$/.test(text.slice(-1)) && text.charCodeAt(text.length - 1) < 128) continue;
    const reference = /^(&(mut\s+)?|ref\s+|out\s+(var\s+)?)?(\$?[\p{L}_]\w*)$/u.exec(text);
    const name = reference?.[4];
    if (name === undefined) continue;
    if (reference?.[1] !== undefined || isChangeable(tree, name, node)) open.add(name);
  }
}

/** Names of C++ and PHP may be passed by reference; elsewhere only what is no plain value can change. */
function isChangeable(tree: SyntaxTree, name: string, node: number): boolean {
  const call = callAt(tree, node).name;
  if (/^(print\w*|puts|console|log|echo|assert\w*|expect|str|len|String|Number)$/.test(call))
    return false;
  if (tree.table.language === 'cpp' || tree.table.language === 'php') return true;
  const before = tree.start[node] ?? 0;
  const last = changeables(tree)
    .get(name)
    ?.findLast(({ end }) => end <= before);
  return last !== undefined && last.start >= before - reach;
}

/** Characters before a use in which a name gets what it holds. */
const reach = 4_000;

interface Stretch {
  start: number;
  end: number;
}

const bindings = new WeakMap<SyntaxTree, ReadonlyMap<string, Stretch[]>>();

/** Where names are bound to what can be changed in place, by name and in order. */
function changeables(tree: SyntaxTree): ReadonlyMap<string, Stretch[]> {
  const known = bindings.get(tree) ?? bindingsIn(tree.source);
  bindings.set(tree, known);
  return known;
}

/** The value is looked at without being taken: it may itself begin with a name that is bound. */
const changeable =
  /(?<![\w.])([\p{L}_]\w*)(?=(\s*(?::[^=\n]{0,60})?:?=\s*(?:\[|\{|new\b|\w*(?:List|Map|Set|Array|dict|list|set|vec!|make)\b)))/gu;

function bindingsIn(source: string): ReadonlyMap<string, Stretch[]> {
  const found = new Map<string, Stretch[]>();
  for (const { 0: name, 2: value = '', index } of source.matchAll(changeable)) {
    const end = index + name.length + value.length;
    const names = source[index - 1] === '$' ? [name, `$${name}`] : [name];
    for (const one of names) {
      const stretches = found.get(one) ?? [];
      stretches.push({ start: index, end });
      found.set(one, stretches);
    }
  }
  return found;
}

const constants = new Set(['True', 'False', 'None', 'true', 'false', 't', 'self']);

/** Whether a value can differ from what the test itself wrote down. */
export function dependsOnCode(tree: SyntaxTree, node: number, fixed: Set<string>): boolean {
  const end = tree.endOf(node);
  for (let at = node; at < end; at += 1) {
    const kind = tree.kind(at);
    if (kind === 'call' || kind === 'new' || kind === 'interpolation' || kind === 'closure')
      return true;
    if (kind === 'identifier' && !fixed.has(wordOf(tree, at)) && !constants.has(wordOf(tree, at)))
      return true;
    if (kind === 'self' && tree.kind(tree.parentOf(at)) === 'member') return true;
  }
  return false;
}
