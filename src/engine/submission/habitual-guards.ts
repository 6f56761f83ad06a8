import type { FileFacts, FunctionAt, FunctionFacts, GuardFacts } from '../facts.ts';
import { countBelow } from '../numbers.ts';
import { threshold, type Rubric } from '../rubric.ts';
import { shapeOfLines } from './shape-of-text.ts';

/**
 * Checks of parameters where most functions make one and a few shapes are all there is: a habit, or the work of a
 * tool. They do not tell which input matters. Checks inside of loops are steps of the work.
 */
export function habitualGuards(
  code: readonly FileFacts[],
  functions: readonly FunctionAt[],
  linesOf: (path: string) => readonly string[],
  rubric: Rubric,
): ReadonlySet<GuardFacts> {
  const judged = new Set(functions.map(({ fn }) => fn));
  const asked = functions.filter(({ fn }) => fn.kind !== 'closure' && fn.parameters.length > 0);
  const found = code.flatMap((file) => parameterGuards(file, judged));
  const guarded = new Set(found.map(({ fn }) => fn)).size;
  const isHabit =
    guarded >= threshold(rubric, 'guard_habit_minimum') &&
    guarded >= asked.length * threshold(rubric, 'guard_habit_share');
  if (!isHabit) return new Set();
  const shapes = Map.groupBy(
    found,
    ({ file, guard }) => `${guard.kind} ${shapeOfLines(linesOf(file.path), guard)}`,
  );
  // Where shapes come again and again, the one that came once is of the same habit.
  if (shapes.size <= found.length * threshold(rubric, 'guard_habit_shapes'))
    return new Set(found.map(({ guard }) => guard));
  const least = Math.floor(guarded * threshold(rubric, 'guard_habit_shape'));
  const few = [...shapes.values()].filter((group) => group.length >= least);
  return new Set(few.flat().map(({ guard }) => guard));
}

/** Functions around one another that are looked at. */
const lookBack = 4;

/** Checks of a parameter, with the function that it is of; they may stand in a closure of that. */
function parameterGuards(
  file: FileFacts,
  judged: ReadonlySet<FunctionFacts>,
): (FunctionAt & { guard: GuardFacts })[] {
  const named = file.functions
    .filter((fn) => judged.has(fn) && fn.kind !== 'closure')
    .flatMap((fn) => fn.parameters.map(({ name }) => ({ name, fn })))
    .sort((one, other) => one.fn.startLine - other.fn.startLine);
  const byParameter = Map.groupBy(named, ({ name }) => name);
  const starts = new Map(
    [...byParameter].map(([name, list]) => [name, list.map(({ fn }) => fn.startLine)]),
  );
  return file.guards.flatMap((guard) => {
    const list = byParameter.get(guard.subject) ?? [];
    const until = countBelow(starts.get(guard.subject) ?? [], guard.startLine + 1);
    const near = list.slice(Math.max(0, until - lookBack), until);
    const fn = near.findLast((one) => guard.endLine <= one.fn.endLine)?.fn;
    return fn && !isInLoop(guard, fn) ? [{ file, guard, fn }] : [];
  });
}

function isInLoop({ startLine }: GuardFacts, { loops }: FunctionFacts): boolean {
  return loops.some((loop) => loop.startLine <= startLine && startLine <= loop.endLine);
}
