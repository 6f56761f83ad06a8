import type { FileFacts, FunctionAt, FunctionFacts } from '../facts.ts';
import { calledAs, reachedByTests, type WayTo } from './reached-by-tests.ts';
import type { Submission } from './submission.ts';
import type { TestCaseAt } from './test-cases.ts';
import type { TestLinks } from './test-links.ts';

/** Tests of one function: those that call it, and the first that gets to it through others. */
export interface TestsOf {
  direct: readonly TestCaseAt[];
  through: WayTo | undefined;
}

/**
 * Finds the tests of a function. Where nothing tells what a method is called on, a test calls, of methods of one name in
 * several classes, those whose class its file names, where it names any of them.
 */
export function testsOf({
  tests: { byName },
  code,
  testFiles,
  ownersOf,
}: Pick<Submission, 'tests' | 'code' | 'testFiles' | 'ownersOf'>): (fn: FunctionFacts) => TestsOf {
  const functions = code.flatMap((file) =>
    file.functions.filter(({ test }) => !test).map((fn): FunctionAt => ({ file, fn })),
  );
  const names = namesakesIn(functions, testFiles);
  const known = new Map<string, TestCaseAt[]>();
  const find = (fn: FunctionFacts, called: readonly string[]): TestCaseAt[] => {
    const all = called.flatMap((name) =>
      (byName.get(name) ?? []).filter((one) => {
        const of = one.owners.get(name);
        return of === undefined ? !names.isOfAnother(one.file, fn) : of(fn.owner);
      }),
    );
    return [...new Set(all)];
  };
  // Asked once a name and class: thousands of functions may share them, and thousands of tests call them.
  const direct = (fn: FunctionFacts): TestCaseAt[] => {
    const key = `${fn.kind} ${fn.name} ${fn.owner}`;
    const found = known.get(key) ?? find(fn, fn.kind === 'constructor' ? calledAs(fn) : [fn.name]);
    known.set(key, found);
    return found;
  };
  const reached = reachedByTests(functions, ({ fn }) => find(fn, calledAs(fn)), ownersOf);
  return (fn) => ({ direct: direct(fn), through: wayTo(fn, reached, byName) });
}

/** The shortest way, or a test that makes an object which calls the function itself. */
function wayTo(
  fn: FunctionFacts,
  reached: ReadonlyMap<FunctionFacts, readonly WayTo[]>,
  byName: TestLinks['byName'],
): WayTo | undefined {
  const made = fn.withOwner === true ? (byName.get(fn.owner ?? '') ?? []) : [];
  const isRun = ({ test: { file } }: WayTo): boolean =>
    file.doubles?.includes(fn.owner ?? '') !== true;
  return [...(reached.get(fn) ?? []), ...made.map((test): WayTo => ({ test, steps: 1 }))].find(
    isRun,
  );
}

interface Namesakes {
  /** A file names the class of a method of that name, and not of this one. */
  isOfAnother: (file: FileFacts, fn: FunctionFacts) => boolean;
}

function namesakesIn(functions: readonly FunctionAt[], testFiles: readonly FileFacts[]): Namesakes {
  const owners = new Map<string, Set<string>>();
  for (const { fn } of functions)
    if (fn.owner !== null) owners.set(fn.name, (owners.get(fn.name) ?? new Set()).add(fn.owner));
  // Fixtures make objects for the tests of other files.
  const shared = testFiles
    .filter(({ tests }) => tests.length === 0)
    .flatMap(({ symbols }) => symbols);
  const symbols = new Map<FileFacts, Set<string>>();
  const named = new Map<string, boolean>();
  const symbolsOf = (file: FileFacts): Set<string> => {
    const found = symbols.get(file) ?? new Set([...file.symbols, ...shared]);
    symbols.set(file, found);
    return found;
  };
  const namesAny = (file: FileFacts, name: string): boolean => {
    const key = `${file.path} ${name}`;
    const all = symbolsOf(file);
    const found = named.get(key) ?? [...(owners.get(name) ?? [])].some((owner) => all.has(owner));
    named.set(key, found);
    return found;
  };
  return {
    isOfAnother: (file, { name, owner }) =>
      owner !== null &&
      (owners.get(name)?.size ?? 0) > 1 &&
      !symbolsOf(file).has(owner) &&
      namesAny(file, name),
  };
}
