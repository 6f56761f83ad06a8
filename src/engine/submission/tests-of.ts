import type { FileFacts, FunctionAt, FunctionFacts } from '../facts.ts';
import { rememberAll } from '../memoize.ts';
import { addTo } from '../multimap.ts';
import { callsEachOther, scripts } from './call-targets.ts';
import { importedFiles } from './dependencies.ts';
import { functionsOf, ownersByName } from './functions-of.ts';
import { fileStem } from './path-stems.ts';
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
  const functions = functionsOf(code).filter(({ fn }) => !fn.test);
  const isFurther = nearestOf(functions, [...code, ...testFiles]);
  const isOfAnother = namesakesIn(functions, testFiles);
  const ownersOfName = ownersByName(functions);
  // Asked once a file, name and class: thousands of functions may share them, and thousands of tests call them.
  const known = new Map<string, TestCaseAt[]>();
  const find = (at: FunctionAt, called: readonly string[]): TestCaseAt[] => {
    const key = [...called, at.fn.name, at.fn.owner, at.file.path].join(' ');
    const found = known.get(key) ?? [...new Set(called.flatMap((name) => calling(at, name)))];
    known.set(key, found);
    return found;
  };
  const calling = (at: FunctionAt, name: string): TestCaseAt[] =>
    (byName.get(name) ?? []).filter((one) => {
      // What answers over HTTP may be asked in any language.
      const isOpen = callsEachOther(one.file, at.file) || at.fn.entry === 'framework';
      if (!isOpen || isFurther(one.file, at)) return false;
      const of = one.owners.get(name);
      if (of === undefined) return !isOfAnother(one.file, at);
      // An interface may be filled by several classes, of which the test names one.
      const isTold = [...(ownersOfName.get(at.fn.name) ?? [])].filter(of).length < 2;
      return of(at.fn.owner) && (isTold || !isOfAnother(one.file, at));
    });
  const reached = reachedByTests(functions, (at) => find(at, calledAs(at)), ownersOf);
  return (at) => ({
    direct: find(at, at.fn.kind === 'constructor' ? calledAs(at) : [at.fn.name]),
    through: wayTo(at, reached, byName),
  });
}

/** The shortest way, or a test that makes an object which calls the function itself. */
function wayTo(
  at: FunctionAt,
  reached: ReadonlyMap<FunctionFacts, readonly WayTo[]>,
  byName: TestLinks['byName'],
): WayTo | undefined {
  const { fn } = at;
  const isRun = ({ file }: TestCaseAt): boolean => file.doubles?.includes(fn.owner ?? '') !== true;
  const way = reached.get(fn)?.find(({ test }) => isRun(test));
  if (way) return way;
  for (const name of calledAs(at).filter((one) => one !== fn.name)) {
    const test = byName.get(name)?.find((one) => isRun(one) && callsEachOther(one.file, at.file));
    if (test) return { test, steps: 1 };
  }
  return undefined;
}

/** Tells whether a file names the class of a method of that name, and not of this one. */
function namesakesIn(
  functions: readonly FunctionAt[],
  testFiles: readonly FileFacts[],
): (file: FileFacts, at: FunctionAt) => boolean {
  const owners = new Map<string, Set<string>>();
  for (const { fn } of functions) if (fn.owner !== null) addTo(owners, fn.name, fn.owner);
  // Fixtures make objects for the tests of other files.
  const fixtures = testFiles.filter(({ tests }) => tests.length === 0);
  const shared = new Set(fixtures.flatMap(({ symbols }) => symbols));
  const symbolsOf = rememberAll(({ symbols }: FileFacts) => new Set(symbols));
  const importedBy = rememberAll(importedNames);
  const names = (file: FileFacts, owner: string): boolean =>
    symbolsOf(file).has(owner) || shared.has(owner);
  const namesAny = rememberAll((file: FileFacts) =>
    rememberAll((name: string) =>
      [...(owners.get(name) ?? [])].some((owner) => names(file, owner)),
    ),
  );
  return (file, at) => {
    const { name, owner } = at.fn;
    if ((owners.get(name)?.size ?? 0) <= Number(owner !== null)) return false;
    const isNamed = owner === null ? importedBy(file)(name, at.file.path) : names(file, owner);
    return !isNamed && namesAny(file)(name);
  };
}

/**
 * Tells whether a function stands further from a file than another one of its name: of functions in modules, the one
 * in the file itself comes first; in Go, where a package is a folder, those beside the file, then those it imports. Of
 * methods of classes of one name, those whose file or name space it imports.
 */
function nearestOf(
  functions: readonly FunctionAt[],
  files: readonly FileFacts[],
): (file: FileFacts, at: FunctionAt) => boolean {
  const byName = Map.groupBy(functions, nameAmong);
  const resolved = importedFiles(files);
  const importedBy = rememberAll(({ imports }: FileFacts) => new Set(imports.flatMap(resolved)));
  // `import { Button } from './Button'` is of no other file with a function of that name.
  const takenBy = rememberAll(({ imports, language }: FileFacts) =>
    rememberAll((name: string): ReadonlySet<string> => {
      const isTaken = scripts.test(language);
      const own = imports.filter(({ names }) => isTaken && names.includes(name));
      return new Set(own.flatMap(resolved));
    }),
  );
  const distanceTo = (file: FileFacts, { file: of, fn }: FunctionAt): number => {
    if (of.language === 'go') return distance(file, of);
    const isComponent = /\.(?:vue|svelte)$/.test(of.path);
    if (fn.owner === null && !isComponent && !takenBy(file)(fn.name).has(of.path))
      return distance(file, of);
    const isNamed = usesNameSpace(file, of) || namesModules(file, of);
    return importedBy(file).has(of.path) || isNamed ? 2 : 3;
  };
  const nearest = rememberAll((file: FileFacts) =>
    rememberAll((name: string) =>
      Math.min(...(byName.get(name) ?? []).map((at) => distanceTo(file, at))),
    ),
  );
  return (file, at) => nearest(file)(nameAmong(at)) < distanceTo(file, at);
}

/** What a function is called by among those that it may be taken for. */
function nameAmong({ file, fn: { name, owner } }: FunctionAt): string {
  return owner === null || file.language === 'go' ? name : `${owner}.${name}`;
}

/** `using Shop.Orders;` where the folder is `src/Shop/Orders`, as is usual in C#. */
function usesNameSpace({ imports, language }: FileFacts, of: FileFacts): boolean {
  const folder = `.${folderOf(of.path).replaceAll('/', '.')}`;
  return language === 'csharp' && imports.some(({ module }) => folder.endsWith(`.${module}`));
}

/** `Links::Operations::Create.new` of a file of Ruby whose class stands in the modules `Links` and `Operations`. */
function namesModules({ symbols, language }: FileFacts, { classes }: FileFacts): boolean {
  const modules = classes.filter(({ kind }) => kind === 'module').map(({ name }) => name);
  return (
    language === 'ruby' && modules.length > 0 && modules.every((name) => symbols.includes(name))
  );
}

function distance({ path, imports, language }: FileFacts, of: FileFacts): number {
  if (path === of.path) return 0;
  if (language !== 'go') return 3;
  const folder = folderOf(of.path);
  if (folder === folderOf(path)) return 1;
  return folder !== '' && imports.some(({ module }) => `/${module}`.endsWith(`/${folder}`)) ? 2 : 3;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Whether a file takes a function from its module by name, or the module itself. */
function importedNames({ imports }: FileFacts): (name: string, path: string) => boolean {
  const taken = new Set(imports.flatMap(({ names }) => names));
  const parts = new Set(imports.flatMap(({ module }) => module.split(/[/.\\:]+/)));
  return (name, path) => {
    const stem = fileStem(path);
    return taken.has(name) || taken.has(stem) || parts.has(stem);
  };
}
