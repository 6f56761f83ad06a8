import type { FunctionAt, FunctionFacts } from '../facts.ts';
import { oncePerObject } from '../memoize.ts';
import type { Submission } from './submission.ts';

/**
 * The parts that a program is made of: every function that is judged, and of the trivial ones those that
 * a judged function calls by name. A small helper counts by being used; one that nobody calls is padding, and one that
 * only hands on what it is given to another function is that one under a second name.
 */
export const functionsInUse = oncePerObject(usedFunctions);

function usedFunctions({
  code,
  functions,
}: Pick<Submission, 'code' | 'functions'>): readonly FunctionAt[] {
  const called = new Set(functions.flatMap(({ fn }) => fn.calls.map(({ name }) => name)));
  const known = new Set(functions.map(({ fn }) => fn.name));
  const small = code.flatMap((file) =>
    file.functions
      .filter((fn) => fn.trivial && !fn.test && called.has(fn.name) && !handsOn(fn, known))
      .map((fn): FunctionAt => ({ file, fn })),
  );
  return [...functions, ...small];
}

/** `const total = (...rows) => totalOf(...rows)` */
function handsOn({ calls, owner, parameters }: FunctionFacts, known: ReadonlySet<string>): boolean {
  const [call, ...more] = calls;
  if (call === undefined || more.length > 0 || owner !== null) return false;
  return (
    call.qualifier === null &&
    known.has(call.name) &&
    parameters.length > 0 &&
    call.arguments === parameters.length
  );
}

/**
 * Files that hold a judged function or a type that others name: what only repeats others, or holds types without work
 * that nobody names, is no part of a tree.
 */
export function ownFiles({
  functions,
  classes,
  mentions,
}: Pick<Submission, 'functions' | 'classes' | 'mentions'>): number {
  const own = new Set(functions.map(({ file }) => file));
  const names = new Set<string>();
  for (const { file, type } of classes) {
    if (!names.has(type.name) && (mentions.get(type.name) ?? 0) > 1) own.add(file);
    names.add(type.name);
  }
  return own.size;
}
