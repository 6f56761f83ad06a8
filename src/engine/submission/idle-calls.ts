import type { FileFacts, FunctionFacts } from '../facts.ts';
import type { UnansweredCall } from '../call-facts.ts';
import type { TestCaseFacts } from '../pattern-facts.ts';
import { addTo } from '../multimap.ts';
import { countBelow } from '../numbers.ts';
import { ruleSet, type Rubric } from '../rubric.ts';
import { seriesOf } from './belonging.ts';
import { functionsAround } from './nested-functions.ts';

/**
 * The files without the calls that change nothing, so that such a call is no use of what it calls: its answer goes
 * nowhere, and the function writes, reads and shows nothing outside of itself. One that may refuse what it is given
 * is called for that alone, unless it is given nothing but literals, or its checks fit any function and it is called in
 * three. What can't be told is taken for a use. Of what was made by the dozen, no call is a use that is given nothing but
 * literals: its answer is known beforehand.
 */
export function withoutIdleCalls(files: readonly FileFacts[], rubric: Rubric): FileFacts[] {
  const calls = files.flatMap((file) => [
    ...file.functions.flatMap(({ unanswered }) => unanswered ?? []),
    ...file.topLevel.flatMap(({ unanswered }) => unanswered ?? []),
  ]);
  const made = namesInSeries(files);
  const isRefusing = files.some((file) => file.functions.some((fn) => fn.outerThrows));
  if (calls.length === 0 && made.size === 0 && !isRefusing) return [...files];
  const { acting, refusing, minding } = effectsByName(files, ruleSet(rubric, 'pure_calls'));
  const isIdle = ({ name, constant }: UnansweredCall, refuses: Effects['acting']): boolean =>
    acting.get(name) === false && (constant || refuses.get(name) !== true);
  const often = calledEverywhere(files);
  const idleInCode: IdleNames = ({ unanswered = [], constantCalls = [] }) =>
    asNames([
      ...unanswered
        .filter((call) => isIdle(call, often.has(call.name) ? minding : refusing))
        .map(({ name }) => name),
      ...constantCalls.filter((name) => made.has(name) && acting.get(name) === false),
    ]);
  // Tests call with literals, and to see what is refused.
  const idleInTests: IdleNames = ({ unanswered = [] }) =>
    asNames(unanswered.filter((call) => isIdle(call, refusing)).map(({ name }) => name));
  const idleIn = ({ role, tests }: FileFacts): IdleNames =>
    role === 'test' || tests.length > 0 ? idleInTests : idleInCode;
  const isIdleIn = (file: FileFacts) => (name: string) =>
    acting.get(name) === false || (!acting.has(name) && isNobodys(name, file));
  return files.map((file) => withoutIdleThrows(withoutCalls(file, idleIn(file)), isIdleIn(file)));
}

/** In JavaScript what is neither declared nor imported comes with the language, and some of that asks somebody. */
function isNobodys(name: string, { language, imports }: FileFacts): boolean {
  if (!/^(javascript|typescript|tsx)$/.test(language)) return false;
  if (/^(confirm|prompt|require|fetch)$/.test(name)) return false;
  return !imports.some(({ names, aliases = {} }) => names.includes(name) || name in aliases);
}

/** The question and the error. */
const statementsOfThrow = 2;

/** Errors that are raised after nothing was asked but what answers the same each time are never raised. */
function withoutIdleThrows(file: FileFacts, isIdle: (name: string) => boolean): FileFacts {
  if (!file.functions.some((fn) => fn.outerThrows)) return file;
  const functions = file.functions.map((fn): FunctionFacts => {
    const { outerThrows = [], throws } = fn;
    const left = outerThrows.filter(({ calls }) => calls?.every(isIdle) !== true);
    const idle = outerThrows.length - left.length;
    if (idle === 0) return fn;
    const statements = Math.max(0, fn.statements - statementsOfThrow * idle);
    return { ...fn, outerThrows: left, throws: throws - idle, statements };
  });
  return { ...file, functions };
}

/** Functions that call one for nothing, from which on nobody asked which of them needs it. */
const everywhere = 3;

function calledEverywhere(files: readonly FileFacts[]): Set<string> {
  const callers = new Map<string, number>();
  for (const { unanswered = [] } of files.flatMap(({ functions }) => functions))
    for (const { name } of unanswered) callers.set(name, (callers.get(name) ?? 0) + 1);
  return new Set([...callers].flatMap(([name, times]) => (times >= everywhere ? [name] : [])));
}

function asNames(names: readonly string[]): ReadonlySet<string> | null {
  return names.length === 0 ? null : new Set(names);
}

function withoutCalls(file: FileFacts, idleNames: IdleNames): FileFacts {
  const isIdling = file.functions.some((fn) => idleNames(fn) !== null);
  return {
    ...file,
    functions: file.functions.map((fn) => {
      const idle = idleNames(fn);
      if (idle === null) return fn;
      const calls = fn.calls.filter(({ name }) => !idle.has(name));
      const statements = Math.max(0, fn.statements - (fn.calls.length - calls.length));
      return { ...fn, ...without(fn, idle), calls, statements };
    }),
    tests: isIdling ? file.tests.map((test) => withoutIdle(test, file, idleNames)) : file.tests,
    topLevel: file.topLevel.map((holder) => {
      const idle = idleNames(holder);
      if (idle === null) return holder;
      // A statement that does nothing is no start of the program.
      const left = without(holder, idle);
      return { ...holder, ...left, runs: holder.runs && left.mentions.length > 0 };
    }),
  };
}

type Holder = Pick<FunctionFacts, 'mentions' | 'unanswered' | 'constantCalls'>;
type IdleNames = (holder: Holder) => ReadonlySet<string> | null;

/** Names of functions that were made by the dozen: each as its neighbours, but for names and literals. */
function namesInSeries(files: readonly FileFacts[]): Set<string> {
  const functions = files.flatMap((file) => file.functions.filter(({ test }) => !test));
  const series = seriesOf(functions);
  return new Set(functions.filter(({ shape }) => series.has(shape)).map(({ name }) => name));
}

function without({ mentions }: Holder, idle: ReadonlySet<string>): Pick<Holder, 'mentions'> {
  return { mentions: mentions.filter((name) => !idle.has(name)) };
}

/** A test does not call what the functions in it only call for nothing. */
function withoutIdle(
  test: TestCaseFacts,
  { functions }: FileFacts,
  idleNames: IdleNames,
): TestCaseFacts {
  const inside = functions.filter(
    ({ startLine, endLine }) => startLine >= test.startLine && endLine <= test.endLine,
  );
  const idle = new Set(inside.flatMap((fn) => [...(idleNames(fn) ?? [])]));
  if (idle.size === 0) return test;
  const used = new Set(inside.flatMap((fn) => without(fn, idleNames(fn) ?? new Set()).mentions));
  return { ...test, calls: test.calls.filter((name) => used.has(name) || !idle.has(name)) };
}

interface Effects {
  /** Whether any function of a name does something that outlives the call, by itself or through others. */
  acting: ReadonlyMap<string, boolean>;
  /** The same of stopping with an error. */
  refusing: ReadonlyMap<string, boolean>;
  /** The same by more than checks that fit any function. */
  minding: ReadonlyMap<string, boolean>;
}

function effectsByName(files: readonly FileFacts[], pure: ReadonlySet<string>): Effects {
  const functions = files.flatMap((file) => file.functions);
  const known = new Set(functions.map(({ name }) => name));
  // What a helper of the tests asserts, its caller asserts.
  const asserting = new Set(files.flatMap((file) => (file.role === 'test' ? file.asserting : [])));
  const around = new Map(files.flatMap(functionsAround));
  const usual = new Map(files.flatMap(usualRefusals));
  const callers = new Map<string, Set<FunctionFacts>>();
  for (const fn of functions) for (const { name } of fn.calls) addTo(callers, name, fn);
  const spread = (own: (fn: FunctionFacts) => boolean): Map<string, boolean> => {
    const found = new Set(functions.filter(own));
    const names = new Set<string>();
    for (const fn of found) {
      // Thousands of functions may share a name.
      if (!names.has(fn.name)) for (const caller of callers.get(fn.name) ?? []) found.add(caller);
      names.add(fn.name);
      // What stands in a function is called by it, or by what it hands it to.
      const outer = around.get(fn)?.at(-1);
      if (outer) found.add(outer);
    }
    return new Map([...known].map((name) => [name, names.has(name)]));
  };
  const isActing = (fn: FunctionFacts): boolean =>
    // Facts that do not say so were not read.
    fn.writes !== false ||
    fn.performsIo ||
    fn.kind === 'constructor' ||
    fn.entry !== null ||
    asserting.has(fn.name);
  return {
    acting: spread(
      (fn) => isActing(fn) || fn.calls.some(({ name }) => !known.has(name) && !pure.has(name)),
    ),
    refusing: spread(({ throws }) => throws > 0),
    minding: spread((fn) => fn.throws > (usual.get(fn) ?? 0)),
  };
}

/** How many checks that fit any function each function makes: to refuse by those alone is no work of its own. */
export function usualRefusals({ functions, guards }: FileFacts): [FunctionFacts, number][] {
  const lines = guards.filter(({ usual }) => usual === true).map(({ startLine }) => startLine);
  if (lines.length === 0) return [];
  lines.sort((a, b) => a - b);
  return functions.map((fn) => [
    fn,
    countBelow(lines, fn.endLine + 1) - countBelow(lines, fn.startLine),
  ]);
}
