import { oncePerNode } from './once-per-node.ts';
import { oncePerType } from './once-per-type.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { bodyOf } from './tree-questions.ts';

const wrappers =
  /^(decorated_definition|export_statement|template_declaration|type_declaration|lexical_declaration|variable_declaration|variable_declarator|expression_statement|assignment|assignment_expression|pair|field_definition|public_field_definition)$/;
const isWrapper = oncePerType((tree, node) => wrappers.test(tree.type(node)));
const attributes = /^(attribute_item|decorator|inner_attribute_item)$/;

/**
 * Where a declaration really begins: at its decorators, attributes and `export`, which some grammars
 * put beside or around it.
 */
export const headerStart = oncePerNode(startOfHeader);

function startOfHeader(tree: SyntaxTree, node: number): number {
  let top = node;
  for (let up = tree.parentOf(top); up >= 0 && isWrapper(tree, up); up = tree.parentOf(up)) {
    if (
      tree.kind(node) !== 'closure' &&
      /assign|pair|field|declarat|expression/.test(tree.type(up)) &&
      tree.type(up) !== 'type_declaration' &&
      tree.type(up) !== 'template_declaration'
    )
      break;
    top = up;
  }
  for (
    let before = previousSibling(tree, top);
    before >= 0;
    before = previousSibling(tree, before)
  ) {
    // A comment between an attribute and its function changes nothing.
    if (tree.kind(before) === 'comment') continue;
    if (!attributes.test(tree.type(before))) break;
    top = before;
  }
  return top;
}

/** Source from the true beginning to the body: modifiers, decorators, name, parameters; ≤ 1,000 characters. */
export const headerText = oncePerNode((tree, node) => {
  const first = headerStart(tree, node);
  const start = tree.start[first] ?? 0;
  const body = bodyOf(tree, node);
  const stop = body < 0 ? (tree.stop[node] ?? 0) : (tree.start[body] ?? 0);
  return withoutComments(tree, first, [start, Math.min(stop, start + 1_000)]);
});

function withoutComments(
  tree: SyntaxTree,
  first: number,
  [start, stop]: readonly [start: number, stop: number],
): string {
  const pieces: string[] = [];
  let from = start;
  for (let node = first; node < tree.size && (tree.start[node] ?? stop) < stop; node += 1) {
    if (tree.kind(node) !== 'comment') continue;
    pieces.push(tree.source.slice(from, tree.start[node]));
    from = tree.stop[node] ?? from;
  }
  return [...pieces, tree.source.slice(Math.min(from, stop), stop)].join('');
}

/** The part of a header before the name: parameters and bases have modifiers of their own. */
export function modifiersOf(header: string, name: string): string {
  for (let at = header.indexOf(name); at >= 0; at = header.indexOf(name, at + 1)) {
    const around = (header[at - 1] ?? ' ') + (header[at + name.length] ?? ' ');
    if (!/[\w$]/.test(around)) return header.slice(0, at);
    if (name === '') break;
  }
  return header;
}

/** The node before this one under the same parent, or -1. */
export function previousSibling(tree: SyntaxTree, node: number): number {
  const parent = tree.parentOf(node);
  let at = node - 1;
  if (at <= parent) return -1;
  while (tree.parentOf(at) !== parent) at = tree.parentOf(at);
  return at;
}
