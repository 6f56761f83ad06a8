import { callAt, isSelfName } from './calls.ts';
import type { Self } from './cognitive.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { parameterFacts } from './parameters.ts';
import type { Unit } from './units.ts';

/**
 * Tells a function's calls of itself: the bare name (or a name on `this`/the receiver) with its own
 * name. With `overloads`, only calls with the same number of arguments.
 */
export function selfOf(tree: SyntaxTree, unit: Unit, overloads: boolean): Self {
  // A method of an anonymous class that calls the method it stands in is recursion too (PMD).
  const outer = overloads && unit.around !== null ? { ...unit.around, around: null } : null;
  const outerSelf = outer === null ? null : selfOf(tree, outer, true);
  const receiver = receiverName(tree, unit);
  const parameters = overloads ? parameterFacts(tree, unit).length : 0;
  return {
    isRecursiveCall(node) {
      if (outerSelf?.isRecursiveCall(node) === true) return true;
      const call = callAt(tree, node);
      if (call.name !== unit.name) return false;
      if (overloads && call.arguments !== parameters) return false;
      return isOwn(call.qualifier, unit, receiver);
    },
  };
}

function isOwn(qualifier: string | null, unit: Unit, receiver: string | null): boolean {
  if (qualifier === null) return receiver === null;
  if (isSelfName(qualifier)) return unit.owner !== null && !/^(super|base)/.test(qualifier);
  return qualifier === receiver || (unit.owner !== null && qualifier === unit.owner);
}

/** Go: the name that the method gives its receiver. */
export function receiverName(tree: SyntaxTree, unit: Unit): string | null {
  const receiver = tree.table.language === 'go' ? tree.field(unit.node, 'receiver') : -1;
  return receiver < 0 ? null : (/^\(\s*(\w+)/.exec(tree.excerpt(receiver, 100))?.[1] ?? null);
}
