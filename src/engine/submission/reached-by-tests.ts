import type { FileFacts, FunctionAt, FunctionFacts } from '../facts.ts';
import type { CallFacts } from '../call-facts.ts';
import { rememberAll } from '../memoize.ts';
import { pushTo } from '../multimap.ts';
import { callsEachOther, callTargets } from './call-targets.ts';
import { nestedIn } from './nested-functions.ts';
import type { OwnersCalled } from './receivers.ts';
import type { TestCaseAt } from './test-cases.ts';

/** How a test gets to a function that it does not call itself. */
export interface WayTo {
  test: TestCaseAt;
  /** Functions in between: 1 where what it calls calls it. */
  steps: number;
}

/** Sets of doubles that are told apart, and functions that one name may imply. */
const most = { groups: 30, implied: 40 };

/**
 * What tested functions call, by themselves and through others, with the first test that gets there of those with the
 * same doubles: what a double stands in for is not run.
 *
 * @param direct tests that call a function
 */
export function reachedByTests(
  functions: readonly FunctionAt[],
  direct: (at: FunctionAt) => readonly TestCaseAt[],
  ownersOf: OwnersCalled,
): Map<FunctionFacts, WayTo[]> {
  const reached = new Map<FunctionFacts, WayTo[]>();
  const uses = usesIn(functions, ownersOf);
  const standsBehind = behindDoubles(functions);
  for (const group of groupsByDoubles(functions, direct).slice(0, most.groups)) {
    const doubles = new Set([...group.values()][0]?.test.file.doubles);
    // A map that grows while it is walked gives what is added, too.
    for (const [at, { test, steps }] of group)
      for (const next of uses(at)) {
        const isReplaced =
          doubles.has(next.fn.owner ?? '') ||
          isPatched(next, doubles) ||
          standsBehind(next.fn.owner, test.file, doubles);
        if (isReplaced || group.has(next)) continue;
        const way = { test, steps: steps + 1 };
        group.set(next, way);
        pushTo(reached, next.fn, way);
      }
  }
  return reached;
}

/** Whether a class is one that a double stands before: it fills an interface that the test has a double of. */
function behindDoubles(
  functions: readonly FunctionAt[],
): (owner: string | null, test: FileFacts, doubles: ReadonlySet<string>) => boolean {
  const files = new Set(functions.map(({ file }) => file));
  const bases = new Map<string, string[]>();
  for (const { classes } of files)
    for (const { name, bases: own } of classes)
      bases.set(name, [...(bases.get(name) ?? []), ...own]);
  const symbolsOf = rememberAll(({ symbols }: FileFacts) => new Set(symbols));
  return (owner, test, doubles) =>
    owner !== null &&
    (bases.get(owner) ?? []).some((base) => doubles.has(base)) &&
    // Who names the class may have an object of it as well.
    !symbolsOf(test).has(owner);
}

/** Python replaces a function by its name. */
function isPatched({ file, fn }: FunctionAt, doubles: ReadonlySet<string>): boolean {
  return file.language === 'python' && doubles.has(fn.name);
}

/** Functions that are tested, each with its first test, by the doubles of the test. */
function groupsByDoubles(
  functions: readonly FunctionAt[],
  direct: (at: FunctionAt) => readonly TestCaseAt[],
): Map<FunctionAt, WayTo>[] {
  const groups = new Map<string, Map<FunctionAt, WayTo>>();
  // Thousands of functions of one name share a list of thousands of tests.
  const firsts = rememberAll((tests: readonly TestCaseAt[]) => firstByDoubles(tests));
  for (const at of functions)
    for (const [doubles, test] of firsts(direct(at))) {
      const group = groups.get(doubles) ?? new Map<FunctionAt, WayTo>();
      group.set(at, { test, steps: 0 });
      groups.set(doubles, group);
    }
  return [...groups.values()];
}

function firstByDoubles(tests: readonly TestCaseAt[]): Map<string, TestCaseAt> {
  const found = new Map<string, TestCaseAt>();
  for (const test of tests) {
    const doubles = (test.file.doubles ?? []).join(' ');
    if (!found.has(doubles)) found.set(doubles, test);
  }
  return found;
}

/** What a function uses, by itself and with what stands inside of it. */
function usesIn(
  functions: readonly FunctionAt[],
  ownersOf: OwnersCalled,
): (at: FunctionAt) => readonly FunctionAt[] {
  const implied = byNames(functions.filter(isImplied));
  const nested = nestedIn([...new Set(functions.map(({ file }) => file))]);
  const named = byNames(functions);
  const targets = callTargets(functions, named, ownersOf);
  const ofOwner = (owner: string | null, name: string): FunctionAt[] =>
    (named.get(name) ?? []).slice(0, most.implied).filter(({ fn }) => fn.owner === owner);
  const classLevel = namedByClasses(functions);
  return rememberAll(({ file, fn }: FunctionAt) => {
    // What answers over HTTP is called by whoever asks, and not by what registers it.
    const inside = (nested.get(fn) ?? []).filter(({ entry }) => entry !== 'framework');
    const whole = [fn, ...inside];
    const called = whole
      .flatMap(({ calls }) => calls)
      .flatMap((call) => targets(file, call, namesOfCall(call)));
    // Ruby calls a method of the object itself by its bare name.
    const bare = file.language === 'ruby' && fn.owner !== null ? fn.mentions : [];
    const own = bare.flatMap((name) => ofOwner(fn.owner, name));
    const handed = [...whole.flatMap(({ mentions }) => mentions), ...classLevel({ file, fn })]
      .flatMap((name) => implied.get(name)?.slice(0, most.implied) ?? [])
      .filter((at) => callsEachOther(file, at.file));
    return [...new Set([...called, ...own, ...handed])].filter((at) => at.fn !== fn);
  });
}

/** What a class names outside of its methods: `serializer_class = OrderSerializer` is made for whatever it does. */
function namedByClasses(functions: readonly FunctionAt[]): (at: FunctionAt) => readonly string[] {
  const files = new Set(functions.map(({ file }) => file));
  const byClass = new Map<string, string[]>();
  for (const { topLevel, classes, language } of files) {
    if (language !== 'python') continue;
    const names = new Set(classes.map(({ name }) => name));
    for (const holder of topLevel)
      for (const name of holder.names.filter((one) => names.has(one)))
        byClass.set(name, [...(byClass.get(name) ?? []), ...holder.mentions]);
  }
  return ({ fn: { owner } }) => (owner === null ? [] : (byClass.get(owner) ?? []));
}

/**
 * Run where it is named and not called: a function that is handed to somebody who calls it, what is read and computed,
 * and what an object calls when it is made.
 */
function isImplied({ fn: { kind, owner, withOwner } }: FunctionAt): boolean {
  return kind === 'accessor' || (kind === 'function' && owner === null) || withOwner === true;
}

/** `Amount.new` of Ruby makes an `Amount`. */
function namesOfCall({ name, qualifier }: CallFacts): string[] {
  const type = name === 'new' ? /([A-Z]\w*)$/.exec(qualifier ?? '')?.[1] : undefined;
  return type === undefined ? [name] : [name, type];
}

/** Functions by their names, and those that are called with the making of an object by its class, too. */
function byNames(functions: readonly FunctionAt[]): Map<string, FunctionAt[]> {
  const found = new Map<string, FunctionAt[]>();
  for (const at of functions) for (const name of calledAs(at)) pushTo(found, name, at);
  return found;
}

/**
 * Names by which a function is called: a constructor, and what an object calls when it is made, by its class; what
 * stands in a component of Vue or Svelte by that of its file.
 */
export function calledAs({
  file: { path },
  fn: { name, kind, owner, withOwner },
}: FunctionAt): string[] {
  const component = /\.(?:vue|svelte)$/.test(path) ? /([^/]+)\.\w+$/.exec(path)?.[1] : undefined;
  const byClass = owner !== null && (kind === 'constructor' || withOwner === true);
  const others = [...(byClass ? [owner] : []), ...(component ? [component] : [])];
  return others.length === 0 ? [name] : [...new Set([name, ...others])];
}
