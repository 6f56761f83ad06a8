import type { FunctionAt } from '../facts.ts';
import type { Submission } from './submission.ts';

/**
 * The parts that a program is made of: every function that is judged, and of the trivial ones those that
 * a judged function calls by name. A small helper counts by being used; one that nobody calls is padding.
 */
export function functionsInUse({
  code,
  functions,
}: Pick<Submission, 'code' | 'functions'>): FunctionAt[] {
  const called = new Set(functions.flatMap(({ fn }) => fn.calls.map(({ name }) => name)));
  const small = code.flatMap((file) =>
    file.functions
      .filter((fn) => fn.trivial && !fn.test && called.has(fn.name))
      .map((fn): FunctionAt => ({ file, fn })),
  );
  return [...functions, ...small];
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
