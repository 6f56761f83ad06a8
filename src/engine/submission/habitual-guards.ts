import type { FileFacts, FunctionAt, FunctionFacts } from '../facts.ts';
import type { GuardFacts } from '../pattern-facts.ts';
import { clamp, countBelow, ratio } from '../numbers.ts';
import { threshold, type Rubric } from '../rubric.ts';

/** Code and the functions of it that are asked whether they check what they are given. */
export interface Checked {
  code: readonly FileFacts[];
  functions: readonly FunctionAt[];
}

/**
 * Checks of parameters, and how far each is made as a habit (0 to 1): where most functions make one, it is the work of
 * a tool or a custom and does not tell which input matters. It grows with their share and their number, so that no
 * single function decides. Checks inside of loops are steps of the work. What nothing uses has no part in the share; that
 * somebody checks it, too, beside what is used shows the habit.
 */
export function habitualGuards(whole: Checked, used: Checked, rubric: Rubric): Habits {
  const ramp = (from: string, to: string, value: number): number => {
    const start = threshold(rubric, from);
    return clamp((value - start) / (threshold(rubric, to) - start), 0, 1);
  };
  const found = guardsOf(used);
  const guarded = functionsWith(found);
  const asked = used.functions.filter(
    ({ fn }) => fn.kind !== 'closure' && fn.parameters.length > 0,
  );
  // Beside what is used in one file.
  const files = new Set(used.functions.map(({ file }) => file.path));
  const beside = guardsOf(whole).filter(({ file }) => files.has(file.path));
  const habit =
    ramp('guard_habit_none', 'guard_habit_all', ratio(guarded, asked.length)) *
    ramp('guard_habit_few', 'guard_habit_many', Math.max(guarded, functionsWith(beside)));
  // What a check compares with the state or the rest of the input was asked for where it stands.
  const custom = found.filter(({ guard }) => guard.usual === true);
  return new Map(habit === 0 ? [] : custom.map(({ guard }) => [guard, habit]));
}

type GuardAt = FunctionAt & { guard: GuardFacts };

function guardsOf({ code, functions }: Checked): GuardAt[] {
  const judged = new Set(functions.map(({ fn }) => fn));
  return code.flatMap((file) => parameterGuards(file, judged));
}

function functionsWith(guards: readonly GuardAt[]): number {
  return new Set(guards.map(({ fn }) => fn)).size;
}

export type Habits = ReadonlyMap<GuardFacts, number>;

/** Functions around one another that are looked at. */
const lookBack = 4;

/** What JavaScript calls all parameters. */
const inCommon = { name: 'arguments' };

/** Checks of a parameter, with the function that it is of; they may stand in a closure of that. */
function parameterGuards(file: FileFacts, judged: ReadonlySet<FunctionFacts>): GuardAt[] {
  const named = file.functions
    .filter((fn) => judged.has(fn) && fn.kind !== 'closure')
    .flatMap((fn) => [...fn.parameters, inCommon].map(({ name }) => ({ name, fn })))
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
