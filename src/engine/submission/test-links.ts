import type { CallFacts, FileFacts, FunctionAt } from '../facts.ts';
import type { AssertionFacts, TestCaseFacts } from '../pattern-facts.ts';
import { handlersAsked } from './route-links.ts';

export interface TestCaseAt {
  file: FileFacts;
  test: TestCaseFacts;
  /**
   * `vacuous`: shown to hold nothing that can fail. `copy`: says what another test says. `unlinked`: calls none of the
   * code. `weak`: only asserts that something is there, of a type or as it was recorded, which hardly any fault
   * refutes; or that the code fails somehow, where no other test says what comes of it. `unclear`: asserts nothing
   * that is read here, but calls what may. `skipped`: is never run. `unused`: calls nothing but code that nothing else
   * uses.
   */
  verdict: 'counts' | 'vacuous' | 'weak' | 'copy' | 'unlinked' | 'unclear' | 'skipped' | 'unused';
  /** Names of the code that it calls. */
  subjects: string[];
  /** Checks a failure or a rejection. */
  negative: boolean;
  /** Of code that is seen to raise no error, and with whatever error: only a crash meets that. */
  crash: boolean;
}

export interface TestLinks {
  cases: TestCaseAt[];
  /** Cases that count, by the name they call. */
  byName: Map<string, TestCaseAt[]>;
  /** The first case that reaches a name through a function it calls, by that name. */
  throughCaller: Map<string, TestCaseAt>;
}

/** Tests that show how the code fails or refuses, apart from those that only a crash meets. */
export function testsOfFailures(cases: readonly TestCaseAt[]): TestCaseAt[] {
  return cases.filter(({ verdict, negative, crash }) => verdict === 'counts' && negative && !crash);
}

/**
 * Ties each test to the code it calls, by name (there are no types here, so a method and a function of
 * one name share their tests). Copies and tests that can't fail tie nothing.
 */
export function linkTests(
  files: readonly FileFacts[],
  functions: readonly FunctionAt[],
): TestLinks {
  const owners = functions.flatMap(({ fn }) => (fn.owner === null ? [] : [fn.owner]));
  const names = new Set([...functions.map(({ fn }) => fn.name), ...owners]);
  const seen = new Set<string>();
  const cases: TestCaseAt[] = [];
  const byName = new Map<string, TestCaseAt[]>();
  const helpers = helpersOf(files);
  const handlers = handlersAsked(files);
  for (const file of files) {
    if (!rolesWithTests.has(file.role)) continue;
    for (const test of file.tests) {
      const found = judgeTest(file, test, { names, seen, helpers, handlers });
      cases.push(found);
      if (found.verdict === 'counts') link(found, byName);
    }
  }
  for (const found of cases.filter((one) => isBesideAnother(one, byName))) {
    found.verdict = 'counts';
    link(found, byName);
  }
  return { cases, byName, throughCaller: reachedThroughCallers(byName, functions) };
}

function link(found: TestCaseAt, byName: Map<string, TestCaseAt[]>): void {
  for (const name of found.subjects) {
    const known = byName.get(name);
    if (known) known.push(found);
    else byName.set(name, [found]);
  }
}

/** Expects some error, and another test says what else comes of the same code. */
function isBesideAnother(
  { verdict, negative, subjects }: TestCaseAt,
  byName: ReadonlyMap<string, unknown>,
): boolean {
  return verdict === 'weak' && negative && subjects.some((name) => byName.has(name));
}

/** The same links without the tests of what nothing but tests uses: they say nothing of the rest. */
export function withoutTestsOf(
  links: TestLinks,
  unused: readonly FunctionAt[],
  used: readonly FunctionAt[],
): TestLinks {
  const out = new Set(unused.map(({ fn }) => fn.name));
  for (const { fn } of used) out.delete(fn.name);
  const isIdle = ({ verdict, subjects }: TestCaseAt): boolean =>
    verdict === 'counts' && subjects.every((name) => out.has(name));
  if (!links.cases.some(isIdle)) return links;
  const cases = links.cases.map((one) =>
    isIdle(one) ? { ...one, verdict: 'unused' as const } : one,
  );
  const byName = new Map([...links.byName].filter(([name]) => !out.has(name)));
  return { cases, byName, throughCaller: reachedThroughCallers(byName, used) };
}

function reachedThroughCallers(
  byName: ReadonlyMap<string, TestCaseAt[]>,
  functions: readonly FunctionAt[],
): Map<string, TestCaseAt> {
  const reached = new Map<string, TestCaseAt>();
  const owners = new Map(functions.map(({ fn }) => [fn.name, fn.owner]));
  for (const { fn } of functions) {
    const first = byName.get(fn.name)?.[0];
    if (!first) continue;
    for (const call of fn.calls)
      if (call.name !== fn.name && !reached.has(call.name) && mayBeOwn(call, owners))
        reached.set(call.name, first);
  }
  return reached;
}

/** Methods that every list, map and file has: of `current.add(loan)` nobody knows that it is the code's own `add`. */
const common =
  /^(add|get|put|set|has|push|pop|remove|delete|clear|contains|includes|find|map|filter|join|append|insert|keys|values|size|length|count|sort|close|write|read|open|start|stop|run|next|send|update|equals|compare\w*|toString)$/i;

function mayBeOwn(
  { name, qualifier }: CallFacts,
  owners: ReadonlyMap<string, string | null>,
): boolean {
  if (!common.test(name) || qualifier === null || /^(this|self|cls|super)$/.test(qualifier))
    return true;
  const owner = owners.get(name) ?? null;
  return owner === null || qualifier.toLowerCase().includes(owner.toLowerCase());
}

/** Courses hand out tests that a tool wrote; they are tests all the same. */
const rolesWithTests = new Set<FileFacts['role']>(['test', 'source', 'generated']);

interface Helpers {
  /** Functions of the tests that assert, or call one that does. */
  asserting: ReadonlySet<string>;
  /** Functions that may fail a test by what they do: they throw, reach outside or assert. */
  loud: ReadonlySet<string>;
  /** Functions and classes whose text is here. */
  known: ReadonlySet<string>;
  /** What the functions of the tests call, by their names. */
  calls: ReadonlyMap<string, readonly string[]>;
}

/** What the functions of the submission can do to a test that calls them, by themselves or through others. */
function helpersOf(files: readonly FileFacts[]): Helpers {
  const known = new Set<string>();
  const callers = new Map<string, Set<string>>();
  const asserting = new Set<string>();
  const loud = new Set<string>();
  for (const file of files) {
    for (const fn of file.functions.filter(({ test }) => !test)) {
      known.add(fn.name);
      if (fn.throws > 0 || fn.performsIo) loud.add(fn.name);
      for (const { name } of fn.calls)
        callers.set(name, (callers.get(name) ?? new Set()).add(fn.name));
    }
    for (const { name } of file.classes) known.add(name);
    for (const name of file.asserting) (holdsTests(file) ? asserting : loud).add(name);
  }
  spread(asserting, callers);
  spread(loud, callers);
  return { asserting, loud, known, calls: callsOfHelpers(files) };
}

function callsOfHelpers(files: readonly FileFacts[]): Map<string, string[]> {
  const calls = new Map<string, string[]>();
  for (const { functions } of files.filter(({ role }) => role === 'test'))
    for (const fn of functions.filter(({ test }) => !test)) {
      const own = calls.get(fn.name) ?? [];
      own.push(...fn.calls.map(({ name }) => name));
      calls.set(fn.name, own);
    }
  return calls;
}

/** What stands in the code itself guards it and is no assertion of a test. */
function holdsTests({ role, tests }: FileFacts): boolean {
  return role === 'test' || tests.length > 0;
}

function spread(names: Set<string>, callers: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const name of names) for (const caller of callers.get(name) ?? []) names.add(caller);
}

/** Calls that only show or wait; they can't fail a test. */
const idle =
  /^(print\w*|puts|p|pp|log|info|debug|warn|error|println|printf|Println|Printf|Log|Logf|WriteLine|Write|echo|var_dump|sleep|Sleep|str|len|repr|String|Number|toString|format|Helper|Parallel|skip|Skip\w*)$/;

interface Known {
  names: ReadonlySet<string>;
  seen: Set<string>;
  helpers: Helpers;
  /** Functions that answer what a test asks for over HTTP. */
  handlers: (test: Pick<TestCaseFacts, 'calls' | 'literals'>) => string[];
}

function judgeTest(
  file: FileFacts,
  test: TestCaseFacts,
  { names, seen, helpers, handlers }: Known,
): TestCaseAt {
  const calls = calledBy(test, names, helpers);
  const called = new Set([...calls, ...handlers({ calls, literals: test.literals })]);
  const subjects = [...called].filter((name) => names.has(name));
  const effective = test.assertions.filter((assertion) => assertion.effective);
  const strong = effective.filter(({ weak }) => weak !== true);
  const helped = test.calls.some((name) => helpers.asserting.has(name));
  const helpedByTests = test.calls.some((name) => helpers.asserting.has(name) && !names.has(name));
  const identity = JSON.stringify([test.shape, test.literals, subjects]);
  const negative = strong.some((assertion) => assertion.negative);
  const at = { file, test, subjects, negative, crash: isCrash(strong, subjects, helpers) };
  if (test.skipped === true) return { ...at, verdict: 'skipped' };
  if (effective.length === 0 && !helped)
    return { ...at, verdict: isVacuous(test, helpers) ? 'vacuous' : 'unclear' };
  if (effective.length > 0 && !helpedByTests && strong.every(({ anyError }) => anyError === true))
    return { ...at, verdict: 'weak' };
  if (seen.has(identity)) return { ...at, verdict: 'copy' };
  seen.add(identity);
  return { ...at, verdict: subjects.length === 0 ? 'unlinked' : 'counts' };
}

/** Names that a test calls, by itself or through functions of the tests. */
function calledBy(
  { calls }: TestCaseFacts,
  names: ReadonlySet<string>,
  helpers: Helpers,
): string[] {
  const called = new Set(calls);
  for (const name of called)
    if (!names.has(name)) for (const next of helpers.calls.get(name) ?? []) called.add(next);
  return [...called];
}

/** Fails with whatever error, and all that is called is seen to raise none. */
function isCrash(
  strong: readonly AssertionFacts[],
  subjects: readonly string[],
  { known, loud }: Helpers,
): boolean {
  const failures = strong.filter(({ negative }) => negative);
  if (failures.length === 0 || failures.some(({ anyError }) => anyError !== true)) return false;
  return subjects.every((name) => known.has(name) && !loud.has(name));
}

/** Everything that it does is read, and nothing of it can fail the test by what the code answers. */
function isVacuous({ open, calls }: TestCaseFacts, { known, loud }: Helpers): boolean {
  return !open && calls.every((name) => idle.test(name) || (known.has(name) && !loud.has(name)));
}
