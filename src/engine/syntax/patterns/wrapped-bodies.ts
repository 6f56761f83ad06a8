import { oncePerNode } from '../once-per-node.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { bodyOf, statementsOf } from '../tree-questions.ts';
import { plainText } from './plain-text.ts';

/**
 * `if (this.place) { … }` as all that a function does, apart from the names before it: it says as much as
 * `if (!this.place) return;` at its beginning. Told of questions whether something is there.
 */
export const wrapsBody = oncePerNode((tree: SyntaxTree, node: number): boolean => {
  if (!asksWithoutElse(tree, node)) return false;
  const holder = tree.above(node, ...holders);
  const isIn = tree.kind(holder) === 'if';
  if (holder < 0 || !(isIn ? wrapsBody(tree, holder) : isNamed(tree, holder))) return false;
  const body = isIn ? tree.field(holder, 'consequence', 'body') : bodyOf(tree, holder);
  const statements = (body < 0 ? [] : statementsOf(tree, body)).filter(
    (at) => tree.kind(at) !== 'comment',
  );
  return statements.at(-1) === node && statements.slice(0, -1).every((at) => isName(tree, at));
});

const holders = ['if', 'elif', 'else', 'loop', 'try', 'switch', 'function', 'closure'] as const;

function asksWithoutElse(tree: SyntaxTree, node: number): boolean {
  const condition = tree.kind(node) === 'if' ? tree.field(node, 'condition') : -1;
  return (
    condition >= 0 &&
    tree.field(node, 'alternative') < 0 &&
    !tree.children(node).some((child) => tree.kind(child) === 'else') &&
    asksOfOne.test(plainText(tree, condition, longest))
  );
}

const longest = 200;

/** Whether it is there. */
const asksOfOne =
  /^[(\s]*[\w$@]+(?:(?:\.|->|\?\.)[\w$]+)*(?:\s*(?:!==?\s*(?:null|undefined|nil|nullptr|NULL)|is\s+not\s+None))?[)\s]*$/;

/** A function or a method; a callback only looks at one of many. */
function isNamed(tree: SyntaxTree, unit: number): boolean {
  if (tree.kind(unit) === 'function') return true;
  return /^(variable_declarator|public_field_definition|field_definition|pair|assignment_expression)$/.test(
    tree.type(tree.parentOf(unit)),
  );
}

/** Gives a name to something, or says in words what the function does, and does no more. */
function isName(tree: SyntaxTree, statement: number): boolean {
  const type = tree.type(statement);
  if (
    /^(lexical|variable|local_variable|short_var)_declaration$|^(local_)?declaration(_statement)?$|^let_declaration$|^assignment$/.test(
      type,
    )
  )
    return true;
  const [only, more] = tree.namedChildren(statement);
  if (type !== 'expression_statement' || only === undefined || more !== undefined) return false;
  return (
    tree.kind(only) === 'string' ||
    (tree.kind(only) === 'assignment' && /^\$?\w+\s*=[^=]/.test(tree.excerpt(only, 60)))
  );
}
