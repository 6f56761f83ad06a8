import { bindingAt } from './bindings.ts';
import { nodesOf, nodesWhere } from './nodes-where.ts';
import { oncePerNode } from './once-per-node.ts';
import { settledCondition, type KnownValues } from './settled-conditions.ts';
import type { SyntaxTree } from './syntax-tree.ts';

const branchesOf = nodesOf('if', 'elif', 'loop');
const bindingsOf = nodesWhere(
  (kind, type) =>
    kind === 'declarator' || kind === 'assignment' || type === 'short_var_declaration',
);
const known = new WeakMap<SyntaxTree, readonly number[]>();

/** The parts of a file that are never run, by their first nodes in source order. */
export function deadBranches(tree: SyntaxTree): readonly number[] {
  const ready = known.get(tree);
  if (ready) return ready;
  const dead = [...branchesOf(tree)]
    .map((node) => deadBranch(tree, node))
    .filter((node) => node >= 0)
    .sort((a, b) => a - b);
  known.set(tree, dead);
  return dead;
}

/** @returns whether a node is in one of these, which stand in source order; asked in that order */
export function within(tree: SyntaxTree, outer: ArrayLike<number>): (node: number) => boolean {
  let next = 0;
  let end = 0;
  return (node) => {
    for (; next < outer.length && outer[next]! <= node; next += 1)
      end = Math.max(end, tree.endOf(outer[next]!));
    return node < end;
  };
}

/** The part of a branch that is never run because its condition always comes out the same, or -1. */
export function deadBranch(tree: SyntaxTree, node: number): number {
  const kind = tree.kind(node);
  return kind === 'if' || kind === 'elif' || kind === 'loop' ? deadPart(tree, node) : -1;
}

const deadPart = oncePerNode((tree, node) => {
  const kind = tree.kind(node);
  const condition = tree.field(node, 'condition');
  if (condition < 0) return kind === 'loop' ? bodyOfNone(tree, node) : -1;
  const settled = settledAt(tree, node, condition);
  if (settled === null) return -1;
  const isTaken = tree.type(node).startsWith('unless') ? !settled : settled;
  if (isTaken) return kind === 'if' ? tree.field(node, 'alternative') : -1;
  const then = tree.field(node, 'consequence', 'body');
  return then >= 0 ? then : (tree.namedChildren(node)[1] ?? -1);
});

/** Characters of a condition that are read: longer ones decide something. */
const longest = 200;

function settledAt(tree: SyntaxTree, node: number, condition: number): boolean | null {
  if ((tree.stop[condition] ?? 0) - (tree.start[condition] ?? 0) > longest) return null;
  const text = tree.excerpt(condition, longest);
  const bare = text.replaceAll(/[\s()]/g, '');
  // Neither is true in any language, and no comparison either.
  if (/^(0|""|''|!1|undefined)$/.test(bare)) return false;
  return settledCondition(text, valuesAt(tree, node, text));
}

/** The body of a loop over a list that is written down empty, or -1. */
function bodyOfNone(tree: SyntaxTree, node: number): number {
  const over = tree.excerpt(tree.field(node, 'right', 'value'), 12).replaceAll(/\s/g, '');
  return /^(\[\]|\(\)|\{\})$/.test(over) ? tree.field(node, 'body') : -1;
}

/** What the names of a condition hold there, where each was given a literal once and nothing else. */
function valuesAt(tree: SyntaxTree, node: number, condition: string): KnownValues {
  const values = new Map<string, string>();
  const literals = literalsIn(tree);
  if (literals.size === 0) return values;
  for (const [name] of condition.matchAll(/(?<![\w.$"'])[A-Za-z_]\w*\b(?!\s*\()/g)) {
    const bound = literals.get(name);
    if (bound === undefined) continue;
    for (
      let around = tree.above(node, 'function', 'closure');
      around >= 0;
      around = tree.above(around, 'function', 'closure')
    ) {
      const held = bound.get(around);
      if (held === undefined) continue;
      if (held.node > node) break;
      held.fixed ??= isNeverChanged(tree, name, around, held);
      if (held.fixed) values.set(name, held.text);
      break;
    }
  }
  return values;
}

interface Held {
  node: number;
  text: string;
  /** Nothing else is given to the name; unknown until somebody asks. */
  fixed?: boolean;
}

const found = new WeakMap<SyntaxTree, ReadonlyMap<string, Map<number, Held>>>();

/** Names that are bound to a literal, by the function in which they are. A name of the file may be set from outside. */
function literalsIn(tree: SyntaxTree): ReadonlyMap<string, ReadonlyMap<number, Held>> {
  const ready = found.get(tree);
  if (ready) return ready;
  const byName = new Map<string, Map<number, Held>>();
  for (const node of bindingsOf(tree)) {
    const binding = bindingAt(tree, node);
    if (binding === null || !isLiteral(tree, binding.value)) continue;
    const name = /^\$?([A-Za-z_]\w*)$/.exec(tree.excerpt(binding.target, 60))?.[1];
    const around = tree.above(node, 'function', 'closure');
    if (name === undefined || around < 0 || tree.above(node, 'class') > around) continue;
    const inFunctions = byName.get(name) ?? new Map<number, Held>();
    byName.set(name, inFunctions.set(around, { node, text: tree.excerpt(binding.value, 60) }));
  }
  found.set(tree, byName);
  return byName;
}

function isLiteral(tree: SyntaxTree, value: number): boolean {
  // Go puts what it binds into a list.
  const [only = value, ...more] =
    tree.type(value) === 'expression_list' ? tree.namedChildren(value) : [value];
  const node = more.length > 0 ? value : only;
  const kind = tree.kind(node);
  if (kind === 'string') return tree.isLeaf(node) || tree.excerpt(node, 60).length < 60;
  return kind === 'number' || kind === 'boolean' || kind === 'null';
}

/** Characters of a function that are read: in a longer one anything may happen to a name. */
const mostRead = 20_000;

/** Whether a function gives a name another value nowhere, and hands it to nobody who could. */
function isNeverChanged(tree: SyntaxTree, name: string, around: number, { node }: Held): boolean {
  const text = tree.excerpt(around, mostRead);
  // A name may be handed on by reference there.
  if (text.length === mostRead || /^(cpp|php)$/.test(tree.table.language)) return false;
  const [from, to] = [tree.start[node] ?? 0, tree.stop[node] ?? 0].map(
    (at) => at - (tree.start[around] ?? 0),
  );
  const others = `${text.slice(0, from)} ${text.slice(to)}`;
  return ![...others.matchAll(words)].some(
    ({ 0: word, index }) =>
      word === name &&
      changes(
        others.slice(Math.max(0, index - near), index),
        others.slice(index + name.length, index + name.length + near),
      ),
  );
}

/** Characters beside a name that are read. */
const near = 80;
const words = /(?<![\w.])[A-Za-z_]\w*/g;

/** Whether what stands before and after a name gives it a value or lets somebody do so. */
function changes(before: string, after: string): boolean {
  if (changedAfter.test(after) || changedBefore.test(before)) return true;
  return /[[{(,]\s*$/.test(before) && /^\s*[\]})]\s*=(?!=|>)/.test(after);
}

const changedAfter =
  /^\s*(?:,\s*[*\w]+\s*)*(?::?=(?!=|>)|(?:[-+*/%&|^]|\*\*|<<|>>|\?\?|&&|\|\|)=(?!=)|\+\+|--|<<)/;
const changedBefore =
  /(?:\+\+|--|(?<!&)&\s*(?:mut\s+)?|\b(?:ref|out|for|as|var|let|global|nonlocal)\s+(?:\w+\s*,\s*)*)$/;
