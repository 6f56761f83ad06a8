import { oncePerNode } from '../../once-per-node.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { stringText, unitAt, type Context } from '../context.ts';

const statements = new Set(['expression_statement', 'discarded_value', 'statement']);

/** A call that is a statement of its own: nobody takes its result. */
export function isStatementCall(tree: SyntaxTree, node: number): boolean {
  const parent = tree.parentOf(node);
  if (parent < 0) return false;
  const type = tree.type(parent);
  // `<?= call() ?>` writes what it gives.
  if (statements.has(type)) return !(tree.table.language === 'php' && isShown(tree, parent));
  if (tree.table.language !== 'ruby' || !/^(body_statement|block_body|then|do|else)$/.test(type))
    return false;
  // The last expression of a Ruby block is its value.
  return following(tree, node, 1).length > 0;
}

/** Stands behind `<?=` of PHP. */
export function isShown(tree: SyntaxTree, node: number): boolean {
  const start = tree.start[node] ?? 0;
  return /<\?=\s*$/.test(tree.source.slice(Math.max(0, start - 8), start));
}

/** The innermost node around that is a statement or stands directly in a block. */
export function statementAround(tree: SyntaxTree, node: number): number {
  let at = node;
  for (let up = 0; up < 60 && at >= 0; up += 1) {
    if (tree.isStatement(at)) return at;
    const parent = tree.parentOf(at);
    if (parent < 0 || tree.kind(parent) === 'block') return at;
    at = parent;
  }
  return node;
}

const branches = new Set<string>(['if', 'elif', 'else', 'loop']);

/** Named statements that follow a statement in its block, at most `limit`. */
export function following(tree: SyntaxTree, statement: number, limit = 40): number[] {
  const parent = tree.parentOf(statement);
  const found: number[] = [];
  // The only statement of a branch without brackets is followed by the other branch, which is no next step.
  if (branches.has(tree.kind(parent) ?? '')) return found;
  for (
    let next = tree.endOf(statement);
    next < tree.size && tree.parentOf(next) === parent && found.length < limit;
    next = tree.endOf(next)
  )
    if (tree.named(next) && tree.kind(next) !== 'comment') found.push(next);
  return found;
}

/** The nearest node around that is no pair of brackets. */
export function aroundBrackets(tree: SyntaxTree, node: number): number {
  let up = tree.parentOf(node);
  while (tree.kind(up) === 'paren') up = tree.parentOf(up);
  return up;
}

/** What stands within any pairs of brackets. */
export function withinBrackets(tree: SyntaxTree, node: number): number {
  let at = node;
  while (tree.kind(at) === 'paren') at = tree.namedChildren(at)[0] ?? -1;
  return at;
}

/** Condition without brackets, or -1. */
export function conditionOf(tree: SyntaxTree, node: number): number {
  let at = tree.field(node, 'condition');
  for (let depth = 0; at >= 0 && depth < 10; depth += 1) {
    const inner = tree.namedChildren(at);
    const wrapped =
      tree.kind(at) === 'paren' ||
      /^(condition_clause|parenthesized_expression)$/.test(tree.type(at));
    if (!wrapped || inner.length !== 1) return at;
    at = inner[0] ?? -1;
  }
  return at;
}

/** Left and right side of a node with two operands, brackets kept. */
export function operandsOf(
  tree: SyntaxTree,
  node: number,
): readonly [left: number, right: number] | null {
  const both = endsOf(tree, node);
  return both[0] === both[1] ? null : both;
}

const endsOf = oncePerNode((tree, node): readonly [number, number] => {
  const named = tree.namedChildren(node);
  return [named[0] ?? -1, named.at(-1) ?? -1];
});

/** Source of a node without its indentation; '' when it is longer than `limit`. */
export function sameText(tree: SyntaxTree, node: number, limit = 600): string {
  if ((tree.stop[node] ?? 0) - (tree.start[node] ?? 0) > limit) return '';
  return tree
    .text(node)
    .replaceAll(/\s*\n\s*/g, '\n')
    .trim();
}

/** Source of a node in one line */
export function flat(tree: SyntaxTree, node: number, limit = 600): string {
  if ((tree.stop[node] ?? 0) - (tree.start[node] ?? 0) > limit) return '';
  return flattened(tree, node);
}

const flattened = oncePerNode((tree, node) => {
  const text = tree.text(node);
  if (tree.kind(node) === 'identifier' && tree.isLeaf(node)) return text;
  const isFlat = !/\s\s|[^\S ]/.test(text);
  return (isFlat ? text : text.replaceAll(/\s+/g, ' ')).trim();
});

/** Text of a class or interface of the file, at most 20,000 characters, up to a line that begins no deeper; or ''. */
export function textOfType(tree: SyntaxTree, name: string): string {
  const head = new RegExp(
    `(?:^|\\n)([ \\t]*)(?:export\\s+)?(?:default\\s+)?(?:abstract\\s+)?(?:interface|class|type)\\s+${name}\\b`,
  ).exec(tree.source);
  if (head === null) return '';
  const start = head.index + head[0].length;
  const text = tree.source.slice(start, start + 20_000);
  const end = text.search(new RegExp(`\\n${head[1] ?? ''}[^\\s)#/]`));
  return end < 0 ? text : text.slice(0, end);
}

/** What a text literal says, at most 300 characters; '' for anything else. */
export function stringAt(tree: SyntaxTree, node: number): string {
  return node >= 0 && tree.kind(node) === 'string' ? stringText(tree, node, 300) : '';
}

const texts = new WeakMap<SyntaxTree, { node: number; text: string; spent: number }>();

/** Characters that one file's functions may be read as a whole, for each character of the file. */
const readings = 40;

/**
 * Source of the function around a node (of the file at the top), at most 20,000 characters, as
 * written; '' when a file has asked for too much.
 */
export function unitText(context: Context, node: number): string {
  const { tree } = context;
  const [top, limit] = unitAt(context, node);
  const last = texts.get(tree) ?? { node: -1, text: '', spent: 0 };
  const text = last.node === top ? last.text : tree.excerpt(top, limit);
  const spent = last.spent + text.length;
  texts.set(tree, { node: top, text, spent });
  return spent > tree.source.length * readings + 400_000 ? '' : text;
}

/** Nodes of a kind below a node, itself not looked at; other functions are not entered. */
export function* below(tree: SyntaxTree, top: number, limit = 4_000): Generator<number> {
  const end = Math.min(tree.endOf(top), top + limit);
  for (let node = top + 1; node < end; node += 1) {
    const kind = tree.kind(node);
    if (kind === 'closure' || kind === 'function' || kind === 'class') {
      node = tree.endOf(node) - 1;
      continue;
    }
    yield node;
  }
}
