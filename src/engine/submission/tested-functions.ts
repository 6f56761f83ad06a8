import type { CallFacts, FileFacts, FunctionAt, FunctionFacts } from '../facts.ts';
import { mayBeOwn, type MayBeOf, type OwnersCalled } from './receivers.ts';
import type { TestCaseAt } from './test-cases.ts';

/** Cases that count, by the name they call. */
export type CasesByName = ReadonlyMap<string, readonly TestCaseAt[]>;

/** A case that reaches a function through one that it calls. */
export interface Through {
  item: TestCaseAt;
  /** Null where any function of the name may be meant. */
  of: MayBeOf | null;
}

/** Cases that count and call a function by a name that it goes by: its own, or that of its class. */
export function testsOf(byName: CasesByName, { owner }: FunctionFacts, name: string): TestCaseAt[] {
  const found = byName.get(name) ?? [];
  return found.filter(({ owners }) => owners.get(name)?.(owner) !== false);
}

/** The first case that reaches a function through one that it calls. */
export function testThroughCaller(
  throughCaller: ReadonlyMap<string, readonly Through[]>,
  { name, owner }: FunctionFacts,
): TestCaseAt | undefined {
  return throughCaller.get(name)?.find(({ of }) => of?.(owner) !== false)?.item;
}

/** Cases that reach a name through a function they call, one for each class that may be meant. */
export function reachedThroughCallers(
  byName: CasesByName,
  functions: readonly FunctionAt[],
  ownersOf: OwnersCalled,
): Map<string, Through[]> {
  const reached = new Map<string, Through[]>();
  const owners = new Map(functions.map(({ fn }) => [fn.name, fn.owner]));
  for (const file of new Set(functions.map((at) => at.file)))
    for (const { fn, item } of testedWithin(file, byName)) {
      const called = fn.calls.flatMap((call) =>
        calledBy(fn, call, ownersOf(file, call.name, call.qualifier), owners),
      );
      for (const { name, of } of [...called, ...handedOn(fn, file, owners)]) {
        const known = reached.get(name) ?? [];
        const isKnown = known.length >= mostThrough || known.some((one) => one.of === null);
        if (!isKnown) reached.set(name, [...known, { item, of }]);
      }
    }
  return reached;
}

type Use = Pick<Through, 'of'> & { name: string };

function calledBy(
  fn: FunctionFacts,
  call: CallFacts,
  of: MayBeOf | null,
  owners: ReadonlyMap<string, string | null>,
): Use[] {
  const isOwn = of !== null || (call.name !== fn.name && mayBeOwn(call, owners));
  return isOwn ? [{ name: call.name, of }] : [];
}

/** Functions that are named and not called, as in a table of handlers, where nothing else of the file is called so. */
function handedOn(
  { mentions, calls }: FunctionFacts,
  file: FileFacts,
  owners: ReadonlyMap<string, string | null>,
): Use[] {
  const called = new Set(calls.map(({ name }) => name));
  const values = valuesOf(file);
  const isHanded = (name: string): boolean =>
    owners.get(name) === null && !called.has(name) && !values.has(name);
  return mentions.filter(isHanded).map((name) => ({ name, of: (owner) => owner === null }));
}

const valuesByFile = new WeakMap<FileFacts, ReadonlySet<string>>();

/** Names of variables, parameters and fields. */
function valuesOf(file: FileFacts): ReadonlySet<string> {
  const values = file.identifiers.filter(({ kind }) => kind !== 'function' && kind !== 'class');
  const known = valuesByFile.get(file) ?? new Set(values.map(({ name }) => name));
  valuesByFile.set(file, known);
  return known;
}

/** Functions that a test calls, and what stands inside of them, each with a test. */
function testedWithin(
  file: FileFacts,
  byName: CasesByName,
): { fn: FunctionFacts; item: TestCaseAt }[] {
  const around: { endLine: number; item: TestCaseAt | undefined }[] = [];
  const inOrder = file.functions
    .filter(({ test }) => !test)
    .toSorted((a, b) => a.startLine - b.startLine || b.endLine - a.endLine);
  return inOrder.flatMap((fn) => {
    while ((around.at(-1)?.endLine ?? Infinity) < fn.endLine) around.pop();
    const tests = testsOf(byName, fn, fn.name);
    const item = tests[0] ?? around.at(-1)?.item;
    // What a component hands to what it draws is only called when somebody acts.
    const inside = isComponent(fn, file) ? tests.find(acts) : item;
    around.push({ endLine: fn.endLine, item: inside });
    return item === undefined ? [] : [{ fn, item }];
  });
}

function isComponent({ name }: FunctionFacts, { language }: FileFacts): boolean {
  return /^[A-Z]/.test(name) && /^(tsx|javascript)$/.test(language);
}

function acts({ test }: TestCaseAt): boolean {
  return test.calls.some((name) =>
    /^(click|dblClick|doubleClick|type|submit|change|input|fireEvent|press|keyboard|selectOptions|trigger|simulate|setValue|upload|tab|clear|hover)$/.test(
      name,
    ),
  );
}

/** Ways to a name that are kept. */
const mostThrough = 40;
