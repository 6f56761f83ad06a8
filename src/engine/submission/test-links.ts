import type { FileFacts, FunctionAt } from '../facts.ts';
import { pushTo } from '../multimap.ts';
import { laidOutReason } from '../syntax/role-rules.ts';
import { ownersByName } from './functions-of.ts';
import { ownersCalled, type OwnersCalled } from './receivers.ts';
import { calledAs } from './reached-by-tests.ts';
import { withMountedRoutes } from './mounted-routes.ts';
import { handlersAsked } from './route-links.ts';
import { judgeTest, modulesTested, packagesOf, type Known, type TestCaseAt } from './test-cases.ts';
import { helpersOf } from './test-helpers.ts';

export interface TestLinks {
  cases: TestCaseAt[];
  /** Cases that count, by the name they call. */
  byName: Map<string, TestCaseAt[]>;
}

/** Tests that show how the code fails or refuses, apart from those that only a crash meets. */
export function testsOfFailures(cases: readonly TestCaseAt[]): TestCaseAt[] {
  return cases.filter(({ verdict, negative, crash }) => verdict === 'counts' && negative && !crash);
}

/**
 * Ties each test to the code it calls, by name and by what it is called on, as far as the text tells. Copies and tests
 * that can't fail tie nothing.
 *
 * @param functions all of the code, trivial ones among them
 */
export function linkTests(
  files: readonly FileFacts[],
  functions: readonly FunctionAt[],
  ownersOf: OwnersCalled = ownersCalled(files),
): TestLinks {
  const owners = ownersByName(functions);
  const known: Known = {
    names: new Set(functions.flatMap((at) => [...calledAs(at), at.fn.owner ?? at.fn.name])),
    computed: new Set(functions.flatMap(({ fn }) => (fn.kind === 'accessor' ? [fn.name] : []))),
    seen: new Set(),
    helpers: helpersOf(files),
    handlers: handlersAsked(withMountedRoutes(files)),
    routed: new Set(
      files.flatMap(({ routes = [] }) => routes.map(({ owner, handler }) => owner ?? handler)),
    ),
    modules: modulesTested(files),
    isInPackage: packagesOf(functions),
    ownersOf,
    modulesOfRuby: new Set(
      files.flatMap(({ classes }) =>
        classes.filter(({ kind }) => kind === 'module').map(({ name }) => name),
      ),
    ),
    isCalled: (name, of) => of === undefined || (owners.get(name)?.values().some(of) ?? true),
  };
  const cases: TestCaseAt[] = [];
  const byName = new Map<string, TestCaseAt[]>();
  for (const file of files) {
    if (!rolesWithTests.has(file.role) || file.roleReason === laidOutReason) continue;
    for (const test of file.tests) {
      const found = judgeTest(file, test, known);
      cases.push(found);
      if (found.verdict === 'counts') link(found, byName);
    }
  }
  const beside = cases.filter((one) => isBesideAnother(one, byName));
  for (const found of withoutBlind(beside)) {
    found.verdict = 'counts';
    link(found, byName);
  }
  return { cases, byName };
}

function link(found: TestCaseAt, byName: Map<string, TestCaseAt[]>): void {
  for (const name of found.subjects) pushTo(byName, name, found);
}

/** Functions that tests only give nothing, from which on nobody looked at what each of them does with it. */
const everywhere = 3;

/** Without tests that some error comes of nothing, where many functions have one. */
function withoutBlind(cases: readonly TestCaseAt[]): readonly TestCaseAt[] {
  const blind = new Set(
    cases.filter(({ test }) =>
      test.assertions.every((one) => one.anyError !== true || one.givenNothing === true),
    ),
  );
  const subjects = new Set([...blind].flatMap(({ own }) => own));
  return subjects.size < everywhere ? cases : cases.filter((one) => !blind.has(one));
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
  return { cases, byName };
}

/** Courses hand out tests that a tool wrote; they are tests all the same, where a framework's own example is none. */
const rolesWithTests = new Set<FileFacts['role']>(['test', 'source', 'generated']);
