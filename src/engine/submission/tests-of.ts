import type { FileFacts, FunctionAt, FunctionFacts } from '../facts.ts';
import { calledAs, type WayTo } from './reached-by-tests.ts';
import type { TestCaseAt, TestLinks } from './test-links.ts';

/** Tests of one function: those that call it, and the first that gets to it through others. */
export interface TestsOf {
  direct: readonly TestCaseAt[];
  through: WayTo | undefined;
}

/**
 * Finds the tests of a function. Of methods of one name in several classes a test calls those whose class its file
 * names, where it names any of them. Asked once a name and class: thousands of functions may share one.
 */
export function testsOf(
  { byName, throughCaller }: TestLinks,
  functions: readonly FunctionAt[],
  testFiles: readonly FileFacts[],
): (fn: FunctionFacts) => TestsOf {
  const names = namesakesIn(functions, testFiles);
  const known = new Map<string, TestsOf>();
  const find = (fn: FunctionFacts): TestsOf => {
    // A constructor that bears the name of its class (Java, C#, C++) is one name.
    const called = fn.kind === 'constructor' ? calledAs(fn) : [fn.name];
    const all = [...new Set(called.flatMap((name) => byName.get(name) ?? []))];
    const isRun = ({ test: { file } }: WayTo): boolean =>
      file.doubles?.includes(fn.owner ?? '') !== true;
    const through = calledAs(fn)
      .toReversed()
      .flatMap((name) => [
        ...(throughCaller.get(name) ?? []),
        ...(byName.get(name) ?? []).map((test): WayTo => ({ test, steps: 1 })),
      ])
      .find(isRun);
    return { direct: all.filter(({ file }) => !names.isOfAnother(file, fn)), through };
  };
  return (fn) => {
    const key = `${fn.name} ${fn.owner}`;
    const tests = known.get(key) ?? find(fn);
    known.set(key, tests);
    return tests;
  };
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
