import type { CallFacts, FileFacts, FunctionAt, FunctionFacts } from '../facts.ts';
import { wordsOfName } from '../words-of-name.ts';
import type { TestCaseAt } from './test-links.ts';

/** How a test gets to a name that it does not call itself. */
export interface WayTo {
  test: TestCaseAt;
  /** Functions in between: 1 where what it calls calls it. */
  steps: number;
}

type Owners = ReadonlyMap<string, ReadonlySet<string | null>>;

function ownersOf(functions: readonly FunctionAt[]): Owners {
  const owners = new Map<string, Set<string | null>>();
  for (const { fn } of functions)
    owners.set(fn.name, (owners.get(fn.name) ?? new Set()).add(fn.owner));
  return owners;
}

/** Sets of doubles that are told apart. */
const mostGroups = 30;

/**
 * What tested functions call, by themselves and through others, with the first test that gets there of those with the
 * same doubles: what a double stands in for is not run.
 */
export function reachedThroughCallers(
  byName: ReadonlyMap<string, TestCaseAt[]>,
  functions: readonly FunctionAt[],
): Map<string, WayTo[]> {
  const reached = new Map<string, WayTo[]>();
  const uses = usesIn(functions);
  const groups = new Map<string, Map<string, TestCaseAt>>();
  for (const [name, tests] of byName)
    for (const test of tests) {
      const key = (test.file.doubles ?? []).join(' ');
      const group = groups.get(key) ?? new Map<string, TestCaseAt>();
      if (!group.has(name)) group.set(name, test);
      groups.set(key, group);
    }
  for (const group of [...groups.values()].slice(0, mostGroups))
    for (const [name, way] of walked(group, uses))
      reached.set(name, [...(reached.get(name) ?? []), way]);
  return reached;
}

/** Names that are called by what a group of tests calls, directly or not. */
function walked(
  tested: ReadonlyMap<string, TestCaseAt>,
  uses: (name: string, doubles: ReadonlySet<string>) => readonly string[],
): Map<string, WayTo> {
  const reached = new Map<string, WayTo>();
  const from = new Map<string, WayTo>();
  for (const [name, test] of tested) from.set(name, { test, steps: 0 });
  const doubles = new Set([...tested.values()][0]?.file.doubles);
  // A map that grows while it is walked gives what is added, too.
  for (const [name, { test, steps }] of from)
    for (const next of uses(name, doubles)) {
      const way = { test, steps: steps + 1 };
      if (!reached.has(next)) reached.set(next, way);
      if (!from.has(next)) from.set(next, way);
    }
  return reached;
}

/** What the functions of a name use, apart from those of classes that a double stands in for. */
function usesIn(
  functions: readonly FunctionAt[],
): (name: string, doubles: ReadonlySet<string>) => string[] {
  const owners = ownersOf(functions);
  const implied = new Set(
    functions.flatMap(({ fn: { kind, name, owner, withOwner } }) => [
      // A function that is named and not called is handed to somebody who does.
      ...(kind === 'accessor' || (kind === 'function' && owner === null) ? [name] : []),
      ...(withOwner === true && owner !== null ? [owner] : []),
    ]),
  );
  const called = calledByName(functions);
  const nested = new Map([...new Set(functions.map(({ file }) => file))].flatMap(nestedIn));
  const usesOf = (fn: FunctionFacts): string[] => {
    const whole = [fn, ...(nested.get(fn) ?? [])];
    const calls = whole.flatMap((one) => one.calls).filter((call) => mayBeOwn(call, owners));
    const names = whole.flatMap(({ mentions }) => mentions).filter((one) => implied.has(one));
    return [...calls.flatMap(namesOfCall), ...names].filter((name) => name !== fn.name);
  };
  return (name, doubles) =>
    (called.get(name) ?? []).filter(({ owner }) => !doubles.has(owner ?? '')).flatMap(usesOf);
}

/** `Amount.new` of Ruby makes an `Amount`. */
function namesOfCall({ name, qualifier }: CallFacts): string[] {
  const type = name === 'new' ? /([A-Z]\w*)$/.exec(qualifier ?? '')?.[1] : undefined;
  return type === undefined ? [name] : [name, type];
}

/** Each function that others stand in, with those: what they call, it calls or hands to somebody who does. */
export function nestedIn({ functions }: FileFacts): [FunctionFacts, FunctionFacts[]][] {
  const open: FunctionFacts[] = [];
  const found = new Map<FunctionFacts, FunctionFacts[]>();
  for (const fn of functions.toSorted(
    (a, b) => a.startLine - b.startLine || b.endLine - a.endLine,
  )) {
    while ((open.at(-1)?.endLine ?? Infinity) < fn.endLine) open.pop();
    for (const outer of open.slice(-deepest)) {
      const inner = found.get(outer) ?? [];
      inner.push(fn);
      found.set(outer, inner);
    }
    open.push(fn);
  }
  return [...found];
}

/** Functions around one, of which more are not looked at. */
const deepest = 5;

/** Functions by their names, and those that are called with the making of an object by its class, too. */
function calledByName(functions: readonly FunctionAt[]): Map<string, FunctionFacts[]> {
  const found = new Map<string, FunctionFacts[]>();
  for (const { fn } of functions)
    for (const name of calledAs(fn)) {
      const same = found.get(name) ?? [];
      same.push(fn);
      found.set(name, same);
    }
  return found;
}

/** Names by which a function is called: a constructor, and what an object calls when it is made, by its class. */
export function calledAs({ name, kind, owner, withOwner }: FunctionFacts): string[] {
  const byClass = owner !== null && (kind === 'constructor' || withOwner === true);
  return [...new Set(byClass ? [name, owner] : [name])];
}

/** Methods that every list, map and file has: of `current.add(loan)` nobody knows that it is the code's own `add`. */
const common =
  /^(add|get|put|set|has|push|pop|remove|delete|clear|contains|includes|find|map|filter|join|append|insert|keys|values|size|length|count|sort|close|write|read|open|start|stop|run|next|send|update|equals|compare\w*|toString)$/i;

function mayBeOwn({ name, qualifier }: CallFacts, owners: Owners): boolean {
  if (!common.test(name) || qualifier === null || /^(this|self|cls|super)$/.test(qualifier))
    return true;
  const text = qualifier.toLowerCase();
  return [...(owners.get(name) ?? [null])].some(
    (owner) =>
      owner === null || wordsOfName(owner).some((word) => word.length > 2 && text.includes(word)),
  );
}
