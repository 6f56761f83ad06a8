import type { FileFacts, FunctionAt } from '../facts.ts';
import type { RouteFacts } from '../route-facts.ts';
import { rememberAll } from '../memoize.ts';
import { addTo } from '../multimap.ts';
import type { AssertionFacts, TestCaseFacts } from '../pattern-facts.ts';
import { onNothing } from '../syntax/patterns/test-calls.ts';
import { moduleStem } from './path-stems.ts';
import type { MayBeOf, OwnersCalled } from './receivers.ts';
import type { Helpers } from './test-helpers.ts';

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
  /** Whose method it calls by a name, where what it is called on tells. */
  owners: ReadonlyMap<string, MayBeOf>;
  /** Checks a failure or a rejection. */
  negative: boolean;
  /** Of code that is seen to raise no error, and with whatever error: only a crash meets that. */
  crash: boolean;
}

/** Calls that only show or wait; they can't fail a test. */
const idle =
  /^(print\w*|puts|p|pp|log|info|debug|warn|error|println|printf|Println|Printf|Log|Logf|WriteLine|Write|echo|var_dump|sleep|Sleep|str|len|repr|String|Number|toString|format|Helper|Parallel|skip|Skip\w*)$/;

/** What is known of the whole submission when a test is judged. */
export interface Known {
  /** Names of the functions and classes of the code. */
  names: ReadonlySet<string>;
  /** Members that a function computes. */
  computed: ReadonlySet<string>;
  /** What the tests judged so far say; grows with each. */
  seen: Set<string>;
  helpers: Helpers;
  /** Functions that answer what a test asks for over HTTP. */
  handlers: (test: Pick<TestCaseFacts, 'calls' | 'literals' | 'paths'>) => RouteFacts[];
  /**
   * A number for the files of the code that a file imports, the same for the same: `solve` of one day is not `solve` of
   * another.
   */
  modules: (file: FileFacts) => number;
  /** Whether a function of that name is of the package of Go that a file is of: `New` of one is not that of another. */
  isInPackage: (file: FileFacts, name: string) => boolean;
  ownersOf: OwnersCalled;
  /** What answers over HTTP, by the class or, where it is of none, by the name of the function. */
  routed: ReadonlySet<string>;
  modulesOfRuby: ReadonlySet<string>;
  /** Whether there is a function of a name that a call may be of. */
  isCalled: (name: string, of: MayBeOf | undefined) => boolean;
}

export function modulesTested(files: readonly FileFacts[]): Known['modules'] {
  const code = files.filter(({ role }) => role !== 'test');
  const stems = new Set(code.map(({ path }) => moduleStem(path)));
  const numbers = new Map<string, number>();
  return rememberAll(({ imports }: FileFacts) => {
    const names = imports.map(({ module }) => moduleStem(module)).filter((stem) => stems.has(stem));
    const key = names.join('\n');
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
}

/** What one test says of the code. Its verdict is of the test alone: what others say besides is not known here. */
export function judgeTest(file: FileFacts, test: TestCaseFacts, known: Known): TestCaseAt {
  const { names, seen, helpers } = known;
  const effective = test.assertions.filter((assertion) => assertion.effective);
  const strong = effective.filter((one) => one.weak !== true || asksForAnother(one, test, names));
  const helped = test.calls.some((name) => helpers.asserting.has(name));
  const helpedByTests = test.calls.some((name) => helpers.asserting.has(name) && !names.has(name));
  const { own, subjects, owners } = subjectsOf(file, test, known);
  const { shape, literals, around } = test;
  const identity = JSON.stringify([
    shape,
    literals,
    around,
    subjects,
    known.modules(file),
    own.some((name) => known.isInPackage(file, name)) ? folderOf(file.path) : '',
  ]);
  const negative = strong.some((assertion) => assertion.negative);
  const at = { file, test, subjects, own, owners, negative, crash: isCrash(strong, own, helpers) };
  if (test.skipped === true) return { ...at, verdict: 'skipped' };
  if (effective.length === 0 && !helped)
    return { ...at, verdict: isVacuous(test, helpers) ? 'vacuous' : 'unclear' };
  if (effective.length > 0 && !helpedByTests && strong.every(({ anyError }) => anyError === true))
    return { ...at, verdict: 'weak' };
  if (seen.has(identity)) return { ...at, verdict: 'copy' };
  seen.add(identity);
  return { ...at, verdict: subjects.length === 0 ? 'unlinked' : 'counts' };
}

/** Of what the code chooses, and the test does not make, the type is the answer. */
function asksForAnother(
  { type }: AssertionFacts,
  { calls, setUp = [] }: TestCaseFacts,
  names: Known['names'],
): boolean {
  return type !== undefined && names.has(type) && !calls.includes(type) && !setUp.includes(type);
}

/** Tells whether a function of that name is of the package of a file, which is a folder in Go. */
export function packagesOf(
  functions: readonly FunctionAt[],
): (file: FileFacts, name: string) => boolean {
  const folders = new Map<string, Set<string>>();
  for (const { file, fn } of functions)
    if (file.language === 'go') addTo(folders, fn.name, folderOf(file.path));
  return ({ path, language }, name) =>
    language === 'go' && folders.get(name)?.has(folderOf(path)) === true;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** What any object has: `UUID.randomUUID().toString()` calls none of the code. */
const ofEveryObject = /^(toString|hashCode|equals|ToString|GetHashCode|Equals|to_s|inspect)$/;

/** Names of the code that a test calls, by itself and with what is set up before it, and whose they are. */
function subjectsOf(
  file: FileFacts,
  test: TestCaseFacts,
  known: Known,
): Pick<TestCaseAt, 'own' | 'subjects' | 'owners'> {
  const { names, computed, helpers, handlers, isCalled } = known;
  const { setUp = [], setUpOn = {}, setUpPaths = [] } = test;
  const calls = calledBy(calledIn(test, computed), names, helpers);
  const asked = handlers({ ...test, calls });
  const inTest = withHandlers(calls, ownersIn(file, test.calledOn ?? {}, known), asked);
  const askedBefore = handlers({ calls: setUp, literals: [], paths: setUpPaths });
  const before = withHandlers(
    calledBy(setUp, names, helpers),
    ownersIn(file, setUpOn, known),
    askedBefore,
  );
  const isOfCode = (name: string, of: MayBeOf | undefined): boolean =>
    names.has(name) && isCalled(name, of) && !(of === undefined && ofEveryObject.test(name));
  const own = inTest.names.filter((name) => isOfCode(name, inTest.owners.get(name)));
  const first = before.names.filter((name) => isOfCode(name, before.owners.get(name)));
  const subjects = [...new Set([...own, ...first])];
  const owners = new Map(
    subjects.flatMap((name): [string, MayBeOf][] => {
      const of = eitherOf([
        ...(own.includes(name) ? [inTest.owners.get(name)] : []),
        ...(first.includes(name) ? [before.owners.get(name)] : []),
      ]);
      return of === undefined ? [] : [[name, of]];
    }),
  );
  return { own, subjects, owners };
}

/** Of several ways to call a name: whoever one of them allows, or everybody where one of them tells nothing. */
function eitherOf(ways: readonly (MayBeOf | undefined)[]): MayBeOf | undefined {
  const told = ways.filter((of) => of !== undefined);
  return told.length < ways.length ? undefined : (owner) => told.some((of) => of(owner));
}

/** The names that are called with those of the functions that answer what is asked for over HTTP. */
function withHandlers(
  calls: readonly string[],
  owners: ReadonlyMap<string, MayBeOf>,
  asked: readonly RouteFacts[],
): { names: string[]; owners: ReadonlyMap<string, MayBeOf> } {
  const told = new Map(owners);
  for (const [handler, routes] of Map.groupBy(asked, (route) => route.handler)) {
    const of = eitherOf([
      ...(calls.includes(handler) ? [owners.get(handler)] : []),
      ...routes.map(({ owner: one }): MayBeOf | undefined =>
        one === undefined ? undefined : (owner) => owner === one,
      ),
    ]);
    if (of === undefined) told.delete(handler);
    else told.set(handler, of);
  }
  return { names: [...new Set([...calls, ...asked.map(({ handler }) => handler)])], owners: told };
}

const verbs = /^(get|post|put|patch|delete)$/;
/** Of the client of .NET; repositories and services have such methods as well. */
const verbsOfClient = /^(Get|Post|Put|Patch|Delete|Send)((As|From)Json|String|Stream)?Async$/;
const client = /(^|[._(])\w*(client|http|agent|session|browser)\w*$/i;

/** Whose methods are called, by name, where all that they are called on tells. */
function ownersIn(
  file: FileFacts,
  calledOn: Record<string, string[]>,
  { ownersOf, modulesOfRuby, routed }: Known,
): Map<string, MayBeOf> {
  // `client.post("/orders", …)` is answered by whoever has that path, and calls no `post` of the code.
  const asked = (name: string, receiver: string): MayBeOf | null => {
    const isClient = client.test(receiver);
    const isVerb = verbs.test(name) || (isClient && verbsOfClient.test(name));
    if (!isVerb || /view|resource|endpoint|controller|handler/i.test(receiver)) return null;
    return (owner) => {
      if (routed.has(owner ?? name)) return false;
      return !isClient || owner === null || /client|session|http|request/i.test(owner);
    };
  };
  const found = new Map<string, MayBeOf>();
  // A class is called by its name to make an object, and a module of Ruby may be taken in.
  const ofNoClass =
    (name: string): MayBeOf =>
    (owner) =>
      owner === null || owner === name || modulesOfRuby.has(owner);
  for (const [name, receivers] of Object.entries(calledOn)) {
    const each = receivers.map((receiver) =>
      receiver === onNothing
        ? ofNoClass(name)
        : (ownersOf(file, name, receiver) ?? asked(name, receiver)),
    );
    const of = eitherOf(each.map((one) => one ?? undefined));
    if (of !== undefined) found.set(name, of);
  }
  return found;
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
