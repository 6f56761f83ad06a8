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
}: Pick<Submission, 'tests' | 'code' | 'testFiles' | 'ownersOf'>): (at: FunctionAt) => TestsOf {
  const functions = code.flatMap((file) =>
    file.functions.filter(({ test }) => !test).map((fn): FunctionAt => ({ file, fn })),
  );
  const names = namesakesIn(functions, testFiles);
  const known = new Map<string, TestCaseAt[]>();
  const find = (at: FunctionAt, called: readonly string[]): TestCaseAt[] => {
    const all = called.flatMap((name) =>
      (byName.get(name) ?? []).filter((one) => {
        const of = one.owners.get(name);
        return of === undefined ? !names.isOfAnother(one.file, at) : of(at.fn.owner);
      }),
    );
    return [...new Set(all)];
  };
  // Asked once a file, name and class: thousands of functions may share them, and thousands of tests call them.
  const direct = (at: FunctionAt): TestCaseAt[] => {
    const { fn, file } = at;
    const key = `${fn.kind} ${fn.name} ${fn.owner} ${file.path}`;
    const found = known.get(key) ?? find(at, fn.kind === 'constructor' ? calledAs(at) : [fn.name]);
    known.set(key, found);
    return found;
  };
  const reached = reachedByTests(functions, (at) => find(at, calledAs(at)), ownersOf);
  return (at) => ({ direct: direct(at), through: wayTo(at, reached, byName) });
}

/** The shortest way, or a test that makes an object which calls the function itself. */
function wayTo(
  at: FunctionAt,
  reached: ReadonlyMap<FunctionFacts, readonly WayTo[]>,
  byName: TestLinks['byName'],
): WayTo | undefined {
  const { fn } = at;
  const made = calledAs(at)
    .filter((name) => name !== fn.name)
    .flatMap((name) => byName.get(name) ?? []);
  const isRun = ({ test: { file } }: WayTo): boolean =>
    file.doubles?.includes(fn.owner ?? '') !== true;
  return [...(reached.get(fn) ?? []), ...made.map((test): WayTo => ({ test, steps: 1 }))].find(
    isRun,
  );
}

interface Namesakes {
  /** A file names the class of a method of that name, and not of this one. */
  isOfAnother: (file: FileFacts, at: FunctionAt) => boolean;
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
    isOfAnother: (file, { fn: { name, owner }, file: { path } }) =>
      (owners.get(name)?.size ?? 0) > Number(owner !== null) &&
      !(owner === null ? imports(file, name, path) : symbolsOf(file).has(owner)) &&
      namesAny(file, name),
  };
}

/** A file takes a function from its module by name, or the module itself. */
function imports(file: FileFacts, name: string, path: string): boolean {
  const stem = /([^/.]+)(?:\.[^/]*)?$/.exec(path)?.[1] ?? '';
  return file.imports.some(
    ({ module, names }) =>
      names.includes(name) || names.includes(stem) || module.split(/[/.\\:]+/).includes(stem),
  );
}
