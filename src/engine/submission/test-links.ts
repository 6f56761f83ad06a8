import type { FileFacts, FunctionAt } from '../facts.ts';
import type { AssertionFacts, TestCaseFacts } from '../pattern-facts.ts';
import { ownName } from '../own-name.ts';
import { nestedIn, reachedThroughCallers, type WayTo } from './reached-by-tests.ts';
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
  /** Names of the code that it calls, or that are called before it. */
  subjects: string[];
  /** Those of them that it calls itself: what fails in it. */
  own: string[];
  /** Checks a failure or a rejection. */
  negative: boolean;
  /** Of code that is seen to raise no error, and with whatever error: only a crash meets that. */
  crash: boolean;
}

export interface TestLinks {
  cases: TestCaseAt[];
  /** Cases that count, by the name they call. */
  byName: Map<string, TestCaseAt[]>;
  /** Cases that reach a name through functions they call, by that name: the first for each set of doubles. */
  throughCaller: Map<string, WayTo[]>;
}

/** Tests that show how the code fails or refuses, apart from those that only a crash meets. */
export function testsOfFailures(cases: readonly TestCaseAt[]): TestCaseAt[] {
  return cases.filter(({ verdict, negative, crash }) => verdict === 'counts' && negative && !crash);
}

/**
 * Ties each test to the code it calls, by name (there are no types here, so a method and a function of
 * one name share their tests). Copies and tests that can't fail tie nothing.
 * @param functions all of the code, trivial ones among them
 */
export function linkTests(
  files: readonly FileFacts[],
  functions: readonly FunctionAt[],
): TestLinks {
  const known: Known = {
    names: new Set(functions.flatMap(({ fn }) => [fn.name, fn.owner ?? fn.name])),
    computed: new Set(functions.flatMap(({ fn }) => (fn.kind === 'accessor' ? [fn.name] : []))),
    seen: new Set(),
    helpers: helpersOf(files),
    handlers: handlersAsked(files),
  };
  const cases: TestCaseAt[] = [];
  const byName = new Map<string, TestCaseAt[]>();
  for (const file of files) {
    if (!rolesWithTests.has(file.role)) continue;
    for (const test of file.tests) {
      const found = judgeTest(file, test, known);
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
  for (const file of files.filter(({ role }) => role === 'test')) {
    const { functions, doubles = [], language } = file;
    const foreign = new Set(doubles);
    const nested = new Map(nestedIn(file));
    for (const fn of functions.filter(({ test }) => !test)) {
      const own = calls.get(fn.name) ?? [];
      own.push(
        ...[fn, ...(nested.get(fn) ?? [])]
          .flatMap((one) => one.calls)
          .filter(({ name, qualifier }) => !foreign.has(ownName(qualifier ?? name)))
          .map(({ name }) => name),
        // Fixtures of pytest are given others.
        ...(language === 'python' ? fn.parameters.map(({ name }) => name) : []),
      );
      calls.set(fn.name, own);
    }
  }
  return calls;
}

/** What stands in the code itself guards it and is no assertion of a test. */
function holdsTests({ role, tests }: FileFacts): boolean {
  return role === 'test' || tests.length > 0;
}

/** Adds whoever calls one of the names, by itself or through others. */
function spread(names: Set<string>, callers: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const name of names) for (const caller of callers.get(name) ?? []) names.add(caller);
}

/** Calls that only show or wait; they can't fail a test. */
const idle =
  /^(print\w*|puts|p|pp|log|info|debug|warn|error|println|printf|Println|Printf|Log|Logf|WriteLine|Write|echo|var_dump|sleep|Sleep|str|len|repr|String|Number|toString|format|Helper|Parallel|skip|Skip\w*)$/;

interface Known {
  names: ReadonlySet<string>;
  /** Members that a function computes. */
  computed: ReadonlySet<string>;
  seen: Set<string>;
  helpers: Helpers;
  /** Functions that answer what a test asks for over HTTP. */
  handlers: (test: Pick<TestCaseFacts, 'calls' | 'literals'>) => string[];
}

function judgeTest(file: FileFacts, test: TestCaseFacts, known: Known): TestCaseAt {
  const { names, seen, helpers } = known;
  const effective = test.assertions.filter((assertion) => assertion.effective);
  const strong = effective.filter(({ weak }) => weak !== true);
  const helped = test.calls.some((name) => helpers.asserting.has(name));
  const helpedByTests = test.calls.some((name) => helpers.asserting.has(name) && !names.has(name));
  const { own, subjects } = subjectsOf(test, known);
  const identity = JSON.stringify([test.shape, test.literals, subjects]);
  const negative = strong.some((assertion) => assertion.negative);
  const at = { file, test, subjects, own, negative, crash: isCrash(strong, own, helpers) };
  if (test.skipped === true) return { ...at, verdict: 'skipped' };
  if (effective.length === 0 && !helped)
    return { ...at, verdict: isVacuous(test, helpers) ? 'vacuous' : 'unclear' };
  if (effective.length > 0 && !helpedByTests && strong.every(({ anyError }) => anyError === true))
    return { ...at, verdict: 'weak' };
  if (seen.has(identity)) return { ...at, verdict: 'copy' };
  seen.add(identity);
  return { ...at, verdict: subjects.length === 0 ? 'unlinked' : 'counts' };
}

/** Names of the code that a test calls, by itself and with what is set up before it. */
function subjectsOf(
  test: TestCaseFacts,
  { names, computed, helpers, handlers }: Known,
): Pick<TestCaseAt, 'own' | 'subjects'> {
  const isOfCode = (name: string): boolean => names.has(name);
  const calls = calledBy(calledIn(test, computed), names, helpers);
  const asked = handlers({ calls, literals: test.literals });
  const own = [...new Set([...calls, ...asked])].filter(isOfCode);
  const before = calledBy(test.setUp ?? [], names, helpers).filter(isOfCode);
  return { own, subjects: [...new Set([...own, ...before])] };
}

/** Names that a test calls: by a call, by reading what is computed, or by handing them to somebody who does. */
function calledIn(
  { calls, reads = [], handed = [] }: TestCaseFacts,
  computed: ReadonlySet<string>,
): string[] {
  return [...calls, ...reads.filter((name) => computed.has(name)), ...handed];
}

/** Names with those that functions of the tests call in turn. */
function calledBy(
  calls: readonly string[],
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
