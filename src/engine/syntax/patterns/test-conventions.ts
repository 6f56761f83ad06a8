import type { FileFacts, FullLanguage } from '../../facts.ts';
import { headerText } from '../headers.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import type { Unit } from '../units.ts';

const annotations =
  /@(Test|ParameterizedTest|RepeatedTest|TestFactory|Property)\b|\[(\w*Fact|\w*Theory|Test|TestCase(Source)?\b.*|TestMethod|DataTestMethod|Property)\b|#\[(\w+::)*(test|rstest|test_case.*|quickcheck)\b|#\[[\w\\]*\bTest\b|@pytest\.mark/;
/** Macros that open a test case in C++. */
export const macros =
  /^(TEST|TEST_F|TEST_P|TYPED_TEST(_P)?|BOOST_(AUTO|FIXTURE|DATA)_TEST_CASE|TEST_CASE|TEST_CASE_METHOD|TEST_CASE_FIXTURE|TEST_CASE_CLASS|TEST_CASE_TEMPLATE|TEST_CASE_PERSISTENT_FIXTURE|DOCTEST_TEST_CASE\w*|TEMPLATE_\w*TEST_CASE\w*|SCENARIO(_METHOD|_TEMPLATE)?)$/;

/** Whether a function is a test case by the conventions of its language's frameworks. */
export function isTestUnit(tree: SyntaxTree, unit: Unit, header: string, file: FileFacts): boolean {
  // A function inside a function is the test's own.
  if (unit.closure || (unit.around !== null && !unit.around.closure)) return false;
  return unitTests[tree.table.language]?.(tree, unit, header, file) ?? false;
}

type UnitTest = (tree: SyntaxTree, unit: Unit, header: string, file: FileFacts) => boolean;

const unitTests: Partial<Record<FullLanguage, UnitTest>> = {
  python: (tree, { name, owner, node }, header, { role }) =>
    /^test(_|[A-Z])/.test(name) &&
    // `test_client` may be a fixture, and what a scenario checks stands in the functions of its steps.
    !/@(pytest(_asyncio)?\.)?(fixture\b|scenario\()/.test(header) &&
    (role === 'test' || (owner === null ? usesPytest(tree) : isOfTests(tree, node))),
  // A benchmark measures; it is no test.
  go: (tree, unit, header) =>
    (/^(Test|Fuzz)([A-Z_]|$)/.test(unit.name) && header.includes('*testing.')) ||
    (/^(Test|Example)([A-Z_]|$)/.test(unit.name) && isGoExampleOrSuite(tree, unit)),
  ruby: (tree, { name, owner, node }, _header, { role }) =>
    name.startsWith('test_') && owner !== null && (role === 'test' || isOfTests(tree, node)),
  php: isPhpTest,
  cpp: (_tree, { name }) => macros.test(name),
  java: (_tree, { name, owner }, header) =>
    annotations.test(header) || (/^test[A-Z]/.test(name) && (owner ?? '').includes('Test')),
  rust: (_tree, _unit, header) => annotations.test(header),
  csharp: (_tree, _unit, header) => annotations.test(header),
};

/** The class around is one of tests, by its name or its base: others may have a `test_connection` as well. */
function isOfTests(tree: SyntaxTree, node: number): boolean {
  const around = tree.above(node, 'class');
  return around >= 0 && /[tT]est|TestCase|[sS]pec/.test(headerText(tree, around));
}

function isPhpTest(tree: SyntaxTree, { name, owner, node }: Unit, header: string): boolean {
  if (annotations.test(header)) return true;
  const type = owner ?? '';
  if (name.startsWith('test') && type.includes('Test')) return true;
  if (/^its?_/.test(name) && type.endsWith('Spec')) return true;
  if (type.endsWith('Cest') && /\$I\b/.test(header)) return !name.startsWith('_');
  const before = tree.source.slice(Math.max(0, (tree.start[node] ?? 0) - 400), tree.start[node]);
  return /\*\s*@test\b[^/]*\*\/\s*$/.test(before);
}

/** `func Example…` with its output written down, or a method of a suite that asserts. */
function isGoExampleOrSuite(tree: SyntaxTree, { name, node, owner }: Unit): boolean {
  if (name.startsWith('Example')) return goOutput.test(tree.excerpt(node, 20_000));
  return owner !== null && /Suite|Test/.test(owner);
}

const goOutput = /\/\/\s*(Unordered o|O)utput:/i;

function usesPytest(tree: SyntaxTree): boolean {
  return /^\s*assert\b|pytest|unittest/m.test(tree.source);
}
