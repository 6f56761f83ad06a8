import { oncePerNode } from './once-per-node.ts';
import { oncePerType } from './once-per-type.ts';
import type { SyntaxTree } from './syntax-tree.ts';

/** Text of a binary expression's operator token, or ''. */
export const operatorOf = oncePerNode((tree, node) => {
  const token = operatorToken(tree, node);
  return token < 0 ? '' : tree.text(token);
});

/** The operator token of a binary expression, or -1. */
export function operatorToken(tree: SyntaxTree, node: number): number {
  const end = tree.endOf(node);
  for (let child = node + 1; child < end; child = tree.endOf(child))
    if (isOperator(tree, child)) return child;
  return -1;
}

const isOperator = oncePerType(
  (tree, node) => !tree.named(node) && /^[^()\s]/.test(tree.type(node)),
);

/** `a && b`, `a or b`: an expression that joins conditions. */
export function isLogical(tree: SyntaxTree, node: number): boolean {
  return tree.kind(node) === 'binary' && logicalOf(tree).has(operatorOf(tree, node));
}

const logicalSets = new Map<string, Set<string>>();

function logicalOf(tree: SyntaxTree): Set<string> {
  let known = logicalSets.get(tree.table.logical);
  if (known === undefined)
    logicalSets.set(tree.table.logical, (known = new Set(tree.table.logical.split(' '))));
  return known;
}

/** The `if` of an `else if`, however the grammar nests it; `elif` clauses are their own kind. */
export function isElseIf(tree: SyntaxTree, node: number): boolean {
  if (tree.kind(node) !== 'if') return false;
  const parent = tree.parentOf(node);
  if (parent < 0) return false;
  if (tree.kind(parent) === 'if') return tree.fieldName(node) === 'alternative';
  return (
    tree.kind(parent) === 'else' &&
    tree.kind(tree.parentOf(parent)) !== 'loop' &&
    isDirectIf(tree, parent)
  );
}

/** `else if` written as an else clause that holds nothing but an `if` (no braces around it). */
function isDirectIf(tree: SyntaxTree, clause: number): boolean {
  // Ruby has `elsif`, and its else holds any number of statements.
  if (tree.table.language === 'ruby') return false;
  const children = tree.namedChildren(clause);
  return children.length === 1 && tree.kind(children[0] ?? -1) === 'if';
}

/** A plain `else` of an `if` (never of a loop, try or case). */
export function isPlainElse(tree: SyntaxTree, node: number): boolean {
  const parent = tree.parentOf(node);
  if (parent < 0) return false;
  const above = tree.kind(parent);
  if (above !== 'if' && above !== 'elif') return false;
  const kind = tree.kind(node);
  if (kind === 'else') return !isDirectIf(tree, node);
  return tree.fieldName(node) === 'alternative' && kind !== 'if' && kind !== 'elif';
}

/** The label that takes everything: `default`, `_`, in any of the grammars' spellings. */
export function isDefaultCase(tree: SyntaxTree, node: number): boolean {
  if (tree.kind(node) === 'default') return true;
  const children = tree.children(node);
  const first = children[0] ?? -1;
  if (first >= 0 && tree.text(first) === 'default') return true;
  const label = children.find((child) => tree.named(child) || tree.text(child) === '_') ?? -1;
  return label >= 0 && tree.excerpt(label, 3).trim() === '_';
}

/** A body that does something, or -1 for a declaration without one. */
export function bodyOf(tree: SyntaxTree, node: number): number {
  const body = tree.field(node, 'body', 'block');
  if (body >= 0) return body;
  return tree.children(node).find((child) => tree.kind(child) === 'block') ?? -1;
}

/** Last identifier-like name in a node: `c` of `a.b.c`, `f` of `*f(int)`, without type arguments. */
export function lastName(tree: SyntaxTree, node: number): string {
  let at = node;
  for (;;) {
    if (tree.isLeaf(at)) return clip(tree.text(at));
    const named = tree.field(at, 'property', 'attribute', 'field', 'name');
    if (named < 0) break;
    at = named;
  }
  const text = tree.excerpt(at, 400).replace(/<.*$/s, '').trim();
  return clip(/([\p{L}_$@][\p{L}\p{N}_$]*[?!]?)\W*$/u.exec(text)?.[1] ?? text);
}

function clip(text: string): string {
  return text.length > 80 ? text.slice(0, 80) : text;
}

/** Go's way to catch: `if r := recover(); r != nil`. */
export function isRecovery(tree: SyntaxTree, node: number): boolean {
  return (
    tree.kind(node) === 'if' &&
    tree.table.language === 'go' &&
    /^if\s+\w+\s*:=\s*recover\(\)/.test(tree.excerpt(node, 40))
  );
}

/** Name of the function that a declaration of C or C++ promises, or null for another declaration. */
export function prototypeName(tree: SyntaxTree, node: number): string | null {
  let at = tree.field(node, 'declarator');
  for (let depth = 0; at >= 0 && depth < 20; depth += 1) {
    const inner = tree.field(at, 'declarator');
    if (tree.type(at) === 'function_declarator') return inner < 0 ? null : lastName(tree, inner);
    at = inner >= 0 ? inner : (tree.namedChildren(at).at(-1) ?? -1);
  }
  return null;
}

/** Statements of a block, or of a body without one. */
export function statementsOf(tree: SyntaxTree, body: number): number[] {
  const inner = tree.namedChildren(body);
  const [only] = inner;
  if (
    inner.length === 1 &&
    only !== undefined &&
    /^(statement_list|block|then|body_statement)$/.test(tree.type(only))
  )
    return tree.namedChildren(only);
  return tree.kind(body) === 'block' ? inner : [body];
}
