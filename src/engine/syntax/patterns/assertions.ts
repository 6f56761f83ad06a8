import type { AssertionFacts } from '../../facts.ts';
import { argumentNodes, callAt, type Call } from '../calls.ts';
import type { SyntaxTree } from '../syntax-tree.ts';

const asserters =
  /^(assert\w*[!?]?|refute\w*|expect\w*|fail|should\w*|must_\w+|wont_\w+|EXPECT_\w+|ASSERT_\w+|REQUIRE\w*|CHECK\w*|verify\w*|BOOST_\w+)$/;
const assertObjects =
  /^(assert|Assert|require|chai\.assert|CollectionAssert|StringAssert|t\.assert)$/;
const selfObjects = /^(self|static|\$this|this|Assertions|chai)$/;
const matchers =
  /^(to\w*|not|resolves|rejects|and|be\w*|eq\w*|Should|Be\w*|is\w*|has\w*|contains\w*)$/;
const negatives =
  /throw|raise|reject|panic|exception|fail|death|is_err|error|invalid|isErr\b|toBeNull|_nil|None|null/i;
const goReports = /^(Error|Errorf|Fatal|Fatalf|Fail|FailNow)$/;

/** Assertions in a stretch of nodes. */
export function assertionsIn(
  tree: SyntaxTree,
  from: number,
  to: number,
  fixed: Set<string>,
): AssertionFacts[] {
  const found: AssertionFacts[] = [];
  for (let node = from; node < to; node += 1) {
    const kind = tree.kind(node);
    if (kind === 'assert') found.push(statementAssertion(tree, node, fixed));
    else if (kind === 'call' && isAssertion(tree, node)) {
      found.push(callAssertion(tree, node, fixed));
      // `expect(expect(x))` is one; what is called inside the arguments is looked at by its own node.
    }
  }
  return found;
}

/** Calls of the test framework, which are not calls of the subject. */
export function isFrameworkCall(call: Call): boolean {
  if (
    asserters.test(call.name) ||
    /^(it|test|describe|context|before\w*|after\w*|setUp|tearDown|raises|throws|doesNotThrow|Throws\w*|Equal\w*|panic)$/.test(
      call.name,
    )
  )
    return true;
  if (/^(eq|eql|raise_error|be|be_\w+|match_array|contain_exactly)$/.test(call.name)) return true;
  const qualifier = call.qualifier ?? '';
  if (
    qualifier.startsWith('expect(') ||
    /^(assert|Assert|require|pytest|t|jest|vi|sinon|mock|unittest)(\.|$)/.test(qualifier)
  )
    return true;
  return matchers.test(call.name) && /expect/.test(qualifier);
}

function isAssertion(tree: SyntaxTree, node: number): boolean {
  const { name, qualifier } = callAt(tree, node);
  if (tree.table.language === 'go' && qualifier === 't') return goReports.test(name);
  if (qualifier === 'pytest') return /^(raises|warns|fail)$/.test(name);
  if (name === 'Should') return true;
  if (qualifier !== null && assertObjects.test(qualifier)) return true;
  return asserters.test(name) && (qualifier === null || selfObjects.test(qualifier));
}

function statementAssertion(tree: SyntaxTree, node: number, fixed: Set<string>): AssertionFacts {
  const subject = tree.namedChildren(node)[0] ?? node;
  const text = tree.excerpt(subject, 300);
  return {
    line: tree.startLine(node),
    effective: dependsOnCode(tree, subject, fixed) && !comparesToItself(text),
    negative: /\bnot\b|\bis None\b|== None|Error|False/.test(text),
  };
}

function comparesToItself(text: string): boolean {
  const sides = /^\s*(.+?)\s*(===?|is|>=|<=)\s*(.+?)\s*$/s.exec(text);
  return sides !== null && sides[1] === sides[3];
}

function callAssertion(tree: SyntaxTree, node: number, fixed: Set<string>): AssertionFacts {
  const call = callAt(tree, node);
  const line = tree.startLine(node);
  if (tree.table.language === 'go' && call.qualifier === 't') {
    return { line, effective: true, negative: isNilCheck(tree, node) };
  }
  const matcher = matcherOf(tree, node);
  const texts = [...argumentNodes(tree, node), ...matcher.arguments].map((argument) =>
    tree.excerpt(argument, 200),
  );
  const [first = '', second] = texts;
  const same = first === second;
  const isUnfinished = call.name === 'expect' && matcher.names === '';
  return {
    line,
    effective: isAlive(tree, node, call, fixed) && !same && !isUnfinished,
    negative: negatives.test(`${call.name} ${matcher.names}`) || negatives.test(tail(texts)),
  };
}

function isAlive(tree: SyntaxTree, node: number, call: Call, fixed: Set<string>): boolean {
  if (isMacro(tree, node)) return macroAlive(tree, node, fixed);
  if (tree.field(node, 'block') >= 0 || alwaysAlive.test(call.name)) return true;
  return argumentNodes(tree, node).some((argument) => dependsOnCode(tree, argument, fixed));
}

const alwaysAlive = /^(fail|raises|warns|expectException\w*|Should)$/;

function tail(texts: string[]): string {
  return texts
    .slice(0, 2)
    .filter(
      (text) =>
        text.length < 60 &&
        /^([\w.:]*(Error|Exception)(\.class|::class)?|None|null|nil|.*\bis_err\(\))$/.test(text),
    )
    .join(' ');
}

function isMacro(tree: SyntaxTree, node: number): boolean {
  return tree.type(node) === 'macro_invocation';
}

function macroAlive(tree: SyntaxTree, node: number, fixed: Set<string>): boolean {
  const list = tree.children(node).findLast((child) => tree.type(child) === 'token_tree') ?? node;
  const [left = '', right = ''] = tree
    .excerpt(list, 300)
    .slice(1, -1)
    .split(',')
    .map((side) => side.trim());
  return dependsOnCode(tree, list, fixed) && left !== right;
}

/** `.toBe(3)`, `.not.toThrow()`, `.to eq(3)` after an `expect(…)`. */
function matcherOf(tree: SyntaxTree, node: number): { names: string; arguments: number[] } {
  const names: string[] = [];
  const found: number[] = [];
  let at = tree.parentOf(node);
  for (let step = 0; at >= 0 && step < 8; step += 1) {
    const kind = tree.kind(at);
    if (kind === 'member') names.push(tree.excerpt(tree.field(at, 'property', 'name'), 40));
    else if (kind === 'call' && tree.fieldName(node) !== 'arguments') {
      names.push(callAt(tree, at).name);
      found.push(...argumentNodes(tree, at));
    } else break;
    at = tree.parentOf(at);
  }
  const inner = found
    .map((argument) => (tree.kind(argument) === 'call' ? callAt(tree, argument).name : ''))
    .join(' ');
  return { names: `${names.join(' ')} ${inner}`.trim(), arguments: found };
}

function isNilCheck(tree: SyntaxTree, node: number): boolean {
  const check = tree.above(node, 'if');
  return (
    check >= 0 &&
    /err\w*\s*==\s*nil|!ok|== false/.test(tree.excerpt(tree.field(check, 'condition'), 100))
  );
}

/** Whether a value can differ from what the test itself wrote down. */
function dependsOnCode(tree: SyntaxTree, node: number, fixed: Set<string>): boolean {
  const end = tree.endOf(node);
  for (let at = node; at < end; at += 1) {
    const kind = tree.kind(at);
    if (kind === 'call' || kind === 'new' || kind === 'interpolation' || kind === 'closure')
      return true;
    if (
      kind === 'identifier' &&
      !fixed.has(tree.text(at)) &&
      !/^(True|False|None|true|false|t|self)$/.test(tree.text(at))
    )
      return true;
    if (kind === 'self' && tree.kind(tree.parentOf(at)) === 'member') return true;
  }
  return false;
}

const doubles =
  /\b(Magic|Async)?Mock\(|\b(jest|vi)\.(fn|mock|spyOn)\b|\bsinon\.|\b(mock|spy|stub|double|instance_double|createMock|createStub|getMockBuilder|Substitute\.For|mockk)\b\s*[(<]|\bnew Mock\b/;
const loads = /\b(require|import|importlib|load)\b/;

/**
 * Names in a test that are not the code's: bound in the test itself to a function or a double. What is
 * loaded there is still the code's.
 */
export function standIns(tree: SyntaxTree, from: number, to: number): Set<string> {
  const names = new Set<string>();
  for (let node = from; node < to; node += 1) {
    const kind = tree.kind(node);
    if (kind === 'function') names.add(tree.excerpt(tree.field(node, 'name'), 100));
    const binding = kind === 'assignment' || kind === 'declarator' ? bindingAt(tree, node) : null;
    if (binding === null) continue;
    const { target, value } = binding;
    const text = tree.excerpt(value, 200);
    if (doubles.test(text) || (tree.kind(value) === 'closure' && !loads.test(text)))
      names.add(tree.excerpt(target, 100).replace(/^\$/, ''));
  }
  return names;
}

/** Names that the test only ever binds to literals. */
export function literalNames(tree: SyntaxTree, from: number, to: number): Set<string> {
  const fixed = new Set<string>();
  for (let node = from; node < to; node += 1) {
    const kind = tree.kind(node);
    if (kind === 'assignment' || kind === 'declarator' || kind === 'augmented')
      bind(tree, node, fixed);
  }
  return fixed;
}

/** What is bound to what, or null for a declaration without a value. */
function bindingAt(tree: SyntaxTree, node: number): { target: number; value: number } | null {
  const target = tree.field(node, 'left', 'name', 'pattern', 'declarator');
  const field = tree.field(node, 'right', 'value');
  const value = field >= 0 ? field : (tree.namedChildren(node).at(-1) ?? -1);
  return target < 0 || value < 0 || value === target ? null : { target, value };
}

function bind(tree: SyntaxTree, node: number, fixed: Set<string>): void {
  const binding = bindingAt(tree, node);
  if (binding === null) return;
  const { target, value } = binding;
  const name = tree.excerpt(target, 100);
  if (tree.kind(node) === 'augmented' || dependsOnCode(tree, value, fixed)) fixed.delete(name);
  else fixed.add(name);
}
