import type { FileFacts } from '../../facts.ts';
import type { AssertionFacts, TestCaseFacts } from '../../pattern-facts.ts';
import { argumentNodes, callAt, type Call } from '../calls.ts';
import type { Analysis } from '../functions.ts';
import { headerText } from '../headers.ts';
import { nodesOf } from '../nodes-where.ts';
import { pathsAsked } from './paths-asked.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import type { Unit, Units } from '../units.ts';
import { assertionsIn } from './assertions.ts';
import { doublesOf } from './doubles.ts';
import { sourceHolds } from './context.ts';
import { literalNames } from './fixed-names.ts';
import { contentsOf } from './test-contents.ts';
import { fixturesOf, isGroup, setUpsOf } from './test-setup.ts';
import { hashesAround } from './test-surroundings.ts';
import { isSkipped } from './skipped-tests.ts';
import { isTestUnit, macros } from './test-conventions.ts';
import { assertingStatements, otherCases, isSelfTest } from './unusual-tests.ts';

type Base = Omit<Analysis, 'testUnits'>;

interface Case {
  name: string;
  /** Node of the whole case; first node and end of what is run. */
  at: number;
  from: number;
  to: number;
  /** What it is run with, where its framework hands that over: attributes with values, and its parameters. */
  given: string;
  /** The framework itself expects a failure (`#[should_panic]`, `@Test(expected = …)`). */
  expectsFailure: boolean;
}

const callsOf = nodesOf('call');

/** The test cases of a file, in the conventions of each language's frameworks. */
export function findTests(
  base: Base,
  file: FileFacts,
): { cases: TestCaseFacts[]; units: Set<number>; doubles: string[] } {
  const { tree } = base;
  const units = new Set<number>();
  const found: Case[] = [];
  for (const unit of base.units.list) {
    const header = headerText(tree, unit.node);
    if (!isTestUnit(tree, unit, header, file)) continue;
    units.add(unit.node);
    found.push({
      ...unitCase(tree, unit, failureExpected.test(header)),
      given: [...header.matchAll(handedOver), [tree.excerpt(unit.parameters, 300)]].join(' '),
    });
  }
  for (const node of callsOf(tree)) {
    const called = calledCase(tree, node);
    if (called === null) continue;
    found.push(called);
    units.add(called.from);
  }
  // What stands in the tests of a module of Rust is none of the code either.
  for (const unit of base.units.list) if (isInTests(tree, unit.node)) units.add(unit.node);
  if (found.length === 0) found.push(...selfTests(base, units));
  const cases = withoutDeepest(found.sort((a, b) => a.from - b.from));
  for (const closure of groupsAround(tree, cases)) units.add(closure);
  const foreign = cases.length > 0 || file.role === 'test' ? doublesOf(tree) : new Set<string>();
  const setUps = setUpsOf(tree, base.units, cases, { role: file.role, foreign });
  const hashAround = hashesAround(
    tree,
    cases.map(({ at }) => at),
  );
  const facts = cases.map((one) => {
    const around = hashAround(one.at);
    const before = setUps(one.at);
    const setUp = [...(before.setUp ?? []), ...fixturesOf(tree, one.at)];
    const given = setUp.length === 0 ? {} : { ...before, setUp };
    return { ...caseFacts(tree, one, foreign), around, ...given };
  });
  return { cases: [...facts, ...otherCases(tree, base.comments)], units, doubles: [...foreign] };
}

function selfTests({ tree, units: all }: Base, units: Set<number>): Case[] {
  const own = all.list.filter((unit) => isSelfTest(tree, unit));
  if (own.length === 0) return scriptCases(tree, all);
  for (const { node } of own) units.add(node);
  return own.map((unit) => unitCase(tree, unit, false));
}

/** Assertions at the end of a script are one case, with what stands before them. */
function scriptCases(tree: SyntaxTree, units: Units): Case[] {
  const { from, to, first } = assertingStatements(tree, units);
  if (first < 0) return [];
  const name = `assertions at line ${tree.startLine(first)}`;
  return [{ name, at: first, from, to, given: '', expectsFailure: false }];
}

/** `#[cfg(test)] mod tests { … }` */
function isInTests(tree: SyntaxTree, node: number): boolean {
  if (tree.table.language !== 'rust') return false;
  for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
    if (tree.type(up) !== 'mod_item') continue;
    const start = tree.start[up] ?? 0;
    if (/#\[cfg\(test\)\]\s*(pub\s+)?$/.test(tree.source.slice(Math.max(0, start - 60), start)))
      return true;
  }
  return false;
}

/** Cases around a case: each is read with all that it holds, so what nests any deeper is read as a part of the others. */
const nestedAtMost = 8;

/** @param cases in source order */
function withoutDeepest(cases: readonly Case[]): Case[] {
  const open: number[] = [];
  return cases.filter(({ from, to }) => {
    while ((open.at(-1) ?? Infinity) <= from) open.pop();
    if (open.length >= nestedAtMost) return false;
    open.push(to);
    return true;
  });
}

/** Closures that hold cases or what is done around them: what `describe` and `beforeEach` are given. */
function groupsAround(tree: SyntaxTree, cases: readonly Case[]): number[] {
  const found: number[] = [];
  const seen = new Set<number>();
  for (const { at } of cases)
    for (let up = tree.parentOf(at); up >= 0 && !seen.has(up); up = tree.parentOf(up)) {
      seen.add(up);
      if (tree.kind(up) === 'call' && isGroup(callAt(tree, up))) found.push(bodyOfCall(tree, up));
    }
  if (cases.length > 0)
    for (const node of callsOf(tree)) {
      const { name, qualifier } = callAt(tree, node);
      if (qualifier === null && aroundCases.test(name)) found.push(bodyOfCall(tree, node));
    }
  return found.filter((closure) => closure >= 0);
}

const aroundCases =
  /^((before|after)(Each|All)?|(suite)?(setup|teardown)|(Before|After)(Each|All))$/i;

const failureExpected =
  /should_panic|expected(Exceptions)?\s*=|ExpectedException|@expectedException|#\[ExpectException/;

function unitCase(tree: SyntaxTree, unit: Unit, expectsFailure: boolean): Case {
  const name = testName(tree, unit);
  const to = tree.endOf(unit.node);
  return { name, at: unit.node, from: unit.body, to, given: '', expectsFailure };
}

const handedOver =
  /\b(InlineData|MemberData|ClassData|DataRow|TestCase(Source)?|Values|Range|CsvSource|ValueSource|MethodSource|EnumSource|parametrize|dataProvider|DataProvider|TestWith|test_case|case|values)\b[^\n]*/g;

function testName(tree: SyntaxTree, unit: Unit): string {
  if (!macros.test(unit.name)) return unit.name;
  return tree
    .excerpt(unit.parameters, 120)
    .replace(/[()"]/g, '')
    .replace(/\s*,\s*/g, '.');
}

/** `it('…', () => …)`, `test "…" do`, `TEST_CASE("…") { }`. */
function calledCase(tree: SyntaxTree, node: number): Case | null {
  const { language } = tree.table;
  const call = callAt(tree, node);
  if (language === 'cpp') return macros.test(call.name) ? catchCase(tree, node) : null;
  if (!tree.table.closuresAreUnits && language !== 'ruby' && language !== 'php') return null;
  if (!isCaseCall(tree, node, call)) return null;
  const body = bodyOfCall(tree, node);
  if (body < 0) return null;
  const title = argumentNodes(tree, node)[0];
  const name =
    title === undefined ? '(unnamed)' : tree.excerpt(title, 120).replace(/^["'`]|["'`]$/g, '');
  return {
    name,
    at: node,
    from: body,
    to: tree.endOf(body),
    given: tableOf(tree, node),
    expectsFailure: isThrowing(tree, node),
  };
}

/** The rows of `it.each([…])('…', …)`. */
function tableOf(tree: SyntaxTree, node: number): string {
  const callee = tree.namedChildren(node)[0] ?? -1;
  const isTable = callee >= 0 && tree.kind(callee) === 'call';
  return isTable ? tree.excerpt(callee, 400).replaceAll(/\s+/g, '') : '';
}

/** Pest: `it('…', function () { … })->throws(InvalidTotal::class)`. */
function isThrowing(tree: SyntaxTree, node: number): boolean {
  const parent = tree.parentOf(node);
  return (
    parent >= 0 && tree.kind(parent) === 'call' && callAt(tree, parent).name.startsWith('throws')
  );
}

/** `it(…)`, `test.only(…)`, `it.each(…)(…)`. */
function isCaseCall(tree: SyntaxTree, node: number, { name, qualifier }: Call): boolean {
  if (qualifier === null && /^(it|test|specify|scenario|example)$/.test(name)) return true;
  if (/^(only|concurrent|failing|each|serial|sequential)$/.test(name))
    return /^(it|test)\b/.test(qualifier ?? '');
  if (name === 'test')
    return (
      /^(QUnit|Deno|tap|nodeTest)$/.test(qualifier ?? '') || isTap(tree, node, qualifier ?? '')
    );
  return tree.table.closuresAreUnits && /^(it|test)(\.\w+)*\.each\b/.test(tree.excerpt(node, 40));
}

/** `t.test(…)` of what the file imports; the `t` that a test is given has subtests, which are parts of it. */
function isTap(tree: SyntaxTree, node: number, name: string): boolean {
  if (name === '' || !sourceHolds(tree, tapModule)) return false;
  const imported =
    /\bimport\s+(\w+)\s+from\s*['"](?:tap|tape|node:test)['"]|\b(\w+)\s*=\s*require\(\s*['"](?:tap|tape|node:test)['"]\s*\)/;
  const [, first, second] = imported.exec(tree.source.slice(0, 8_000)) ?? [];
  const isGiven = tree.text(tree.field(tree.above(node, 'closure'), 'parameters')) === `(${name})`;
  return name === (first ?? second) && !isGiven;
}

const tapModule = /['"](?:tap|tape|node:test)['"]/;

function bodyOfCall(tree: SyntaxTree, node: number): number {
  const block = tree.field(node, 'block');
  if (block >= 0) return block;
  const last = argumentNodes(tree, node).findLast((argument) => tree.kind(argument) === 'closure');
  return last ?? -1;
}

/** Catch2 and the like: the grammar sees a call, then a block. */
function catchCase(tree: SyntaxTree, node: number): Case | null {
  const statement = tree.parentOf(node);
  const block = tree.endOf(statement);
  if (block >= tree.size || tree.type(block) !== 'compound_statement') return null;
  const title = argumentNodes(tree, node)[0];
  const name = title === undefined ? '(unnamed)' : tree.excerpt(title, 120).replaceAll('"', '');
  return { name, at: node, from: block, to: tree.endOf(block), given: '', expectsFailure: false };
}

function caseFacts(tree: SyntaxTree, one: Case, foreign: ReadonlySet<string>): TestCaseFacts {
  const fixed = literalNames(tree, one.from, one.to);
  const { from, to, name: title } = one;
  const assertions: AssertionFacts[] = assertionsIn(tree, { from, to, fixed, title });
  const startLine = tree.startLine(one.at);
  if (title.startsWith('Example') && tree.table.language === 'go')
    assertions.push({ line: startLine, effective: true, negative: false });
  if (/\bExpectedResult\s*=/.test(one.given))
    assertions.push({ line: startLine, effective: true, negative: false });
  if (one.expectsFailure) assertions.push({ line: startLine, effective: true, negative: true });
  return {
    name: one.name,
    startLine,
    endLine: tree.endLine(one.from),
    assertions,
    ...contentsOf(tree, { ...one, foreign }),
    paths: pathsAsked(tree, from, to),
    open: isOpen(tree, one) || startsContext.test(tree.source),
    ...(isSkipped(tree, one.at, one.from) ? { skipped: true as const } : {}),
  };
}

/** The application is started before the first test, which fails where it cannot be. */
const startsContext =
  /^\s*@(SpringBootTest|DataJpaTest|WebMvcTest|WebFluxTest|QuarkusTest|MicronautTest)\b/m;

/** Ways to fail that are no assertions: an error handed on, a value unwrapped, an error thrown. */
function isOpen(tree: SyntaxTree, { from, to }: Case): boolean {
  for (let node = from; node < to; node += 1) {
    const kind = tree.kind(node);
    if (kind === 'try_operator' || kind === 'throw' || tree.isError(node)) return true;
    if (kind === 'call' && opens(tree, node)) return true;
    if (tree.type(node) === 'token_tree' && /\.(unwrap|expect)\(/.test(tree.excerpt(node, 300)))
      return true;
  }
  return false;
}

function opens(tree: SyntaxTree, node: number): boolean {
  const { name, qualifier, arguments: count } = callAt(tree, node);
  if (tree.table.language === 'rust') return name === 'unwrap' || name === 'expect';
  return (name === 'done' && count > 0) || qualifier?.startsWith('cy') === true;
}
