import { operatorOf } from '../../tree-questions.ts';
import type { Context } from '../context.ts';
import { typeOf } from './name-index.ts';
import { operandsOf } from './shapes.ts';

/** `==` on objects of a type whose `equals` is meant. */
export function comparesReferences(context: Context, node: number, wanted: RegExp): boolean {
  const { tree } = context;
  if (!/^[=!]=$/.test(operatorOf(tree, node))) return false;
  const both = operandsOf(tree, node);
  if (both === null) return false;
  return both.every(
    (side) =>
      tree.kind(side) === 'identifier' && wanted.test(typeOf(context, node, tree.text(side)) ?? ''),
  );
}

/** `==` on a text of Java and what is no constant: that may be there to be told by its identity. */
export function comparesText(context: Context, node: number): boolean {
  const { tree } = context;
  if (!/^[=!]=$/.test(operatorOf(tree, node))) return false;
  const both = operandsOf(tree, node) ?? [];
  return (
    both.some(
      (side) =>
        tree.kind(side) === 'identifier' && typeOf(context, node, tree.text(side)) === 'String',
    ) &&
    both.every((side) => !/^(null|this|"|\W|(\w+\.)*[A-Z][A-Z\d_]+$)/.test(tree.excerpt(side, 80)))
  );
}
