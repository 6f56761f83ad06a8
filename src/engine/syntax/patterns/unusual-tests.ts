import { callAt } from '../calls.ts';
import type { Comment } from '../comments.ts';
import type { TestCaseFacts } from '../../pattern-facts.ts';
import { nodesOf, nodesWhere } from '../nodes-where.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import type { Unit, Units } from '../units.ts';
import { assertionAt, assertionsIn, mayAssert } from './assertions.ts';
import { literalNames } from './fixed-names.ts';

const selfTestName =
  /^(self_?)?tests?\d*$|^(run|do|all|self|unit)?_?tests?(_\w+|[A-Z]\w*)?$|_tests?\d*$|[a-z]Tests?\d*$/i;

/**
 * Functions that test without a framework: `void tests() { assert(total({1, 2}) == 3); }`, or a `main`
 * that is mostly assertions. They take no arguments, and what they assert has to be the code's.
 */
export function isSelfTest(tree: SyntaxTree, unit: Unit): boolean {
  if (unit.closure || hasParameters(tree, unit)) return false;
  const isMain = /^(main|Main)$/.test(unit.name);
  if (!isMain && !selfTestName.test(unit.name)) return false;
  const to = tree.endOf(unit.node);
  const fixed = literalNames(tree, unit.body, to);
  const found = assertionsIn(tree, { from: unit.body, to, fixed, title: unit.name });
  const effective = found.filter((one) => one.effective).length;
  if (effective === 0) return false;
  return !isMain || effective * 2 > tree.namedChildren(unit.body).length;
}

function hasParameters(tree: SyntaxTree, { parameters }: Unit): boolean {
  if (parameters < 0) return false;
  return tree
    .namedChildren(parameters)
    .some((one) => !/^(void|String\s*\[\]\s*\w+|self|\$?this)$/.test(tree.excerpt(one, 40)));
}

/**
 * Statements below the functions of a script that assert what these do (`assert roman(4) == "IV"`,
 * `assert.equal(total([3]), 3)`), from the first statement there to the last that asserts; `first` is the first that does,
 * or -1.
 */
export function assertingStatements(
  tree: SyntaxTree,
  { list }: Units,
): { from: number; to: number; first: number } {
  const none = { from: -1, to: -1, first: -1 };
  if (!/^(python|javascript|typescript|ruby|php)$/.test(tree.table.language)) return none;
  const lastUnit = list.reduce((last, { node }) => Math.max(last, node), -1);
  const below = tree.namedChildren(0).filter((one) => one > lastUnit);
  const own = new Set(list.map(({ name }) => name));
  const asserting = below.filter((from) => {
    const to = tree.endOf(from);
    const isOfOwn = [...assertsAndCalls(tree, from, to)].some(
      (node) => tree.kind(node) === 'call' && own.has(callAt(tree, node).name),
    );
    const found = assertionsIn(tree, { from, to, fixed: new Set(), title: '' });
    return isOfOwn && found.some((one) => one.effective);
  });
  const [first] = asserting;
  return first === undefined
    ? none
    : { from: below[0] ?? first, to: tree.endOf(asserting.at(-1) ?? first), first };
}

/** Tests that no function of the file is: examples in documentation that the language's own tools run, and macros. */
export function otherCases(tree: SyntaxTree, comments: readonly Comment[]): TestCaseFacts[] {
  const { language } = tree.table;
  if (language === 'rust')
    return [...macroCases(tree), ...comments.flatMap((comment) => rustExample(comment))];
  if (language !== 'python' || !/\bdoctest\b/.test(tree.source)) return [];
  return comments.flatMap((comment) => doctest(comment));
}

/** A prompt line and the answer below it. */
const session = />>> ?([^\n]*\w\([^\n]*)\n(?:\s*\.\.\.[^\n]*\n)*\s*(?!>>>)(\S[^\n]*)/g;

function doctest({ kind, text, startLine, endLine }: Comment): TestCaseFacts[] {
  if (kind !== 'doc') return [];
  const examples = [...text.matchAll(session)];
  const [first] = examples;
  if (first === undefined) return [];
  return [
    {
      name: `doctest at line ${startLine}`,
      startLine,
      endLine,
      assertions: examples.map(([, , answer = '']) => ({
        line: startLine,
        effective: true,
        negative: answer.startsWith('Traceback'),
      })),
      ...words(examples.map(([, call = '']) => call).join('\n')),
    },
  ];
}

const fenced = /```(?:rust|should_panic)?\s*\n([\s\S]*?)```/g;

function rustExample({ kind, text, startLine, endLine }: Comment): TestCaseFacts[] {
  if (kind !== 'doc') return [];
  return [...text.matchAll(fenced)].flatMap(([whole, code = '']) => {
    const asserts = code.match(/\bassert\w*!\([^\n]*\w\(/g) ?? [];
    if (asserts.length === 0) return [];
    const negative = whole.startsWith('```should_panic');
    return [
      {
        name: `example at line ${startLine}`,
        startLine,
        endLine,
        assertions: asserts.map(() => ({ line: startLine, effective: true, negative })),
        ...words(code),
      },
    ];
  });
}

const macrosOf = nodesWhere(
  (_kind, type) => type === 'macro_definition' || type === 'macro_invocation',
);

/** A macro of Rust that makes tests: what it is called with are their cases. */
function macroCases(tree: SyntaxTree): TestCaseFacts[] {
  const made = new Map<string, TestCaseFacts>();
  for (const node of macrosOf(tree)) {
    const type = tree.type(node);
    const text = tree.excerpt(node, macroLimit);
    const name = /^(?:macro_rules!\s*)?(\w+)/.exec(text)?.[1] ?? '';
    if (type === 'macro_invocation') {
      made.get(name)?.literals.push(...words(text).literals);
      continue;
    }
    const asserts = text.includes('#[test]') ? (text.match(/\bassert\w*!/g) ?? []) : [];
    if (asserts.length === 0) continue;
    const startLine = tree.startLine(node);
    made.set(name, {
      name,
      startLine,
      endLine: tree.endLine(node),
      assertions: asserts.map(() => ({ line: startLine, effective: true, negative: false })),
      ...words(text),
    });
  }
  return [...made.values()].map((one) => ({ ...one, literals: one.literals.slice(0, 40) }));
}

/** Characters that are read of one. */
const macroLimit = 20_000;

function words(code: string): Pick<TestCaseFacts, 'calls' | 'literals' | 'shape' | 'open'> {
  const calls = [...code.matchAll(/\b([A-Za-z_]\w*)\s*\(/g)].map(([, name = '']) => name);
  const literals = code.match(/"[^"\n]*"|'[^'\n]*'|\b\d[\w.]*\b/g) ?? [];
  return {
    calls: [...new Set(calls)].slice(0, 200),
    literals: literals.slice(0, 40),
    shape: code.replaceAll(/"[^"\n]*"|'[^'\n]*'|\b\d[\w.]*\b/g, '#').slice(0, 200),
    open: false,
  };
}

/** Functions around an assertion that are told as asserting. */
const levels = 20;

const assertsAndCalls = nodesOf('assert', 'call');

/** Names of the functions of a file that assert what can be otherwise: tests may leave the asserting to them. */
export function assertingFunctions(tree: SyntaxTree, units: Units): string[] {
  const names = new Set<string>();
  const fixedIn = new Map<number, Set<string>>();
  for (const node of assertsAndCalls(tree)) {
    const unit = units.list[units.of[node] ?? -1];
    if (unit === undefined || !mayAssert(tree, node)) continue;
    const around = unitsAround(unit);
    const outermost = around.at(-1) ?? unit;
    const to = tree.endOf(outermost.node);
    const known = fixedIn.get(outermost.node);
    const fixed = known ?? literalNames(tree, outermost.body, to);
    fixedIn.set(outermost.node, fixed);
    const one = assertionAt(tree, node, { from: outermost.body, to, fixed, title: unit.name });
    if (one?.effective === true) for (const { name } of around) names.add(name);
  }
  return [...names].sort();
}

function unitsAround(unit: Unit): Unit[] {
  const found: Unit[] = [];
  for (let at: Unit | null = unit; at !== null && found.length < levels; at = at.around)
    found.push(at);
  return found;
}
