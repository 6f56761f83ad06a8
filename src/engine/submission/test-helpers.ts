import type { FileFacts } from '../facts.ts';
import { addTo } from '../multimap.ts';
import { rootName } from '../root-name.ts';
import { nestedIn } from './nested-functions.ts';

/** What the functions of the submission can do to a test that calls them. */
export interface Helpers {
  /** Functions of the tests that assert, or call one that does. */
  asserting: ReadonlySet<string>;
  /** Functions that may fail a test by what they do: they throw, reach outside or assert. */
  loud: ReadonlySet<string>;
  /** Functions and classes whose text is here. */
  known: ReadonlySet<string>;
  /** What the functions of the tests call, by their names. */
  calls: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Looks at what functions do by themselves and through others. */
export function helpersOf(files: readonly FileFacts[]): Helpers {
  const known = new Set<string>();
  const callers = new Map<string, Set<string>>();
  const asserting = new Set<string>();
  const loud = new Set<string>();
  for (const file of files) {
    for (const fn of file.functions.filter(({ test }) => !test)) {
      known.add(fn.name);
      if (fn.throws > 0 || fn.performsIo) loud.add(fn.name);
      for (const { name } of fn.calls) addTo(callers, name, fn.name);
    }
    for (const { name } of file.classes) known.add(name);
    for (const name of file.asserting) (holdsTests(file) ? asserting : loud).add(name);
  }
  spread(asserting, callers);
  spread(loud, callers);
  return { asserting, loud, known, calls: callsOfHelpers(files) };
}

function callsOfHelpers(files: readonly FileFacts[]): Map<string, Set<string>> {
  const calls = new Map<string, Set<string>>();
  for (const file of files.filter(({ role }) => role === 'test')) {
    const { functions, doubles = [], language } = file;
    const foreign = new Set(doubles);
    const nested = nestedIn([file]);
    const handed = new Map((file.handedBy ?? []).map((one) => [one.by, one.handed]));
    for (const fn of functions.filter(({ test }) => !test)) {
      const names = [
        ...[fn, ...(nested.get(fn) ?? [])]
          .flatMap((one) => one.calls)
          .filter(({ name, qualifier }) => !foreign.has(rootName(qualifier ?? name)))
          .map(({ name }) => name),
        ...(handed.get(fn.name) ?? []),
        // Fixtures of pytest are given others.
        ...(language === 'python' ? fn.parameters.map(({ name }) => name) : []),
      ];
      for (const name of names) addTo(calls, fn.name, name);
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
