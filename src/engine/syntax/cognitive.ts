import type { CognitiveRules } from './dialects.ts';
import { logicalSteps } from './logical-sequences.ts';
import type { Kind } from './languages/language-table.ts';
import { oncePerType } from './once-per-type.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { isElseIf, isPlainElse } from './tree-questions.ts';

/** One step of a cognitive complexity sum. */
export interface Increment {
  line: number;
  points: number;
  reason: string;
}

/** What the function knows of itself, to tell recursion. */
export interface Self {
  isRecursiveCall(node: number): boolean;
}

interface Walk {
  tree: SyntaxTree;
  root: number;
  rules: CognitiveRules;
  /** Nesting level by node; shared, since one array a function would be quadratic in nested ones. */
  nesting: Int32Array;
  steps: Increment[];
}

/** Cognitive complexity (white paper 1.5) as its steps, and the deepest nesting of control structures. */
export function cognitiveOf(
  tree: SyntaxTree,
  root: number,
  rules: CognitiveRules,
  self: Self,
): { increments: Increment[]; maxNesting: number } {
  const end = tree.endOf(root);
  const walk: Walk = { tree, root, rules, nesting: tree.scratch, steps: [] };
  let maxNesting = 0;
  let recursion = false;
  for (let node = root + 1; node < end;) {
    if (isSkipped(walk, node)) {
      node = tree.endOf(node);
      continue;
    }
    const level = levelOf(walk, node);
    walk.nesting[node] = level;
    if (nests(tree, node)) maxNesting = Math.max(maxNesting, level + 1);
    count(walk, node, level);
    if (rules.recursion !== 'none' && tree.kind(node) === 'call' && self.isRecursiveCall(node)) {
      if (rules.recursion === 'each-call' || !recursion) add(walk, node, 1, 'recursion');
      recursion = true;
    }
    node += 1;
  }
  return { increments: walk.steps, maxNesting };
}

function isSkipped({ tree, rules }: Walk, node: number): boolean {
  const kind = tree.kind(node);
  if (kind === 'closure') return rules.closures === 'skip';
  return kind === 'function' && rules.functions === 'skip';
}

function nests(tree: SyntaxTree, node: number): boolean {
  const kind = tree.kind(node);
  if (kind === 'if') return !isElseIf(tree, node);
  return kind === 'loop' || kind === 'switch' || kind === 'catch' || kind === 'try';
}

const headerFields = new Set([
  'condition',
  'value',
  'subject',
  'left',
  'right',
  'init',
  'initializer',
  'initialize',
  'update',
  'increment',
  'pattern',
  'exceptions',
  'variable',
  'parameter',
  'parameters',
]);

const nestingKinds = new Set<Kind | undefined>([
  'loop',
  'switch',
  'catch',
  'ternary',
  'if',
  'elif',
]);

function levelOf({ tree, root, rules, nesting }: Walk, node: number): number {
  const parent = tree.parentOf(node);
  if (parent === root) return 0;
  const base = nesting[parent] ?? 0;
  const kind = tree.kind(parent);
  if (kind === 'closure') return base + 1;
  if (kind === 'function') return base + Number(!isDecoratorIdiom(tree, parent));
  if (kind === 'else') return base + Number(raisesElse(tree, parent, node, rules));
  if (!nestingKinds.has(kind)) return base;
  if (kind === 'if' || kind === 'elif') return base + Number(raisesIf(tree, node, rules));
  return base + Number(!isHeader(tree, parent, node));
}

function raisesIf(tree: SyntaxTree, node: number, rules: CognitiveRules): boolean {
  const field = tree.fieldName(node);
  if (field === 'condition' || field === 'initializer') return false;
  const kind = tree.kind(node);
  if (kind === 'else' || kind === 'elif' || isElseIf(tree, node)) return false;
  return field !== 'alternative' || rules.elseNests;
}

function raisesElse(
  tree: SyntaxTree,
  clause: number,
  node: number,
  rules: CognitiveRules,
): boolean {
  if (isElseIf(tree, node)) return false;
  return tree.kind(tree.parentOf(clause)) === 'try' ? false : rules.elseNests;
}

function isHeader(tree: SyntaxTree, parent: number, node: number): boolean {
  if (tree.kind(parent) === 'ternary') {
    // Python writes the condition in the middle and gives it no name.
    const isPython =
      tree.type(parent) === 'conditional_expression' && tree.fieldName(node) === null;
    if (isPython) return tree.namedChildren(parent)[1] === node;
    return tree.fieldName(node) === 'condition';
  }
  const field = tree.fieldName(node);
  return field !== null && headerFields.has(field);
}

/** A function that only defines an inner function and returns it: the inner one is not nested code. */
function isDecoratorIdiom(tree: SyntaxTree, inner: number): boolean {
  if (tree.table.language !== 'python') return false;
  const body = tree.parentOf(inner);
  if (tree.kind(tree.parentOf(body)) !== 'function') return false;
  const statements = tree.namedChildren(body);
  return statements.length === 2 && tree.kind(statements[1] ?? -1) === 'return';
}

const structures: Partial<Record<Kind, string>> = {
  loop: 'loop',
  switch: 'switch',
  catch: 'catch',
  ternary: 'conditional expression',
};

function count(walk: Walk, node: number, level: number): void {
  if (isPlainElse(walk.tree, node)) add(walk, node, 1, 'else');
  counterOf(walk.tree, node)(walk, node, level);
}

type Counter = (walk: Walk, node: number, level: number) => void;

/** What counts a node, by its type: most are not counted. */
const counterOf = oncePerType((tree, node): Counter => {
  const kind = tree.kind(node);
  if (kind === undefined) return () => {};
  const structure = structures[kind];
  if (structure !== undefined) return (walk, at, level) => addNested(walk, at, level, structure);
  return counters[kind] ?? (() => {});
});

const counters: Partial<Record<Kind, Counter>> = {
  if: addIf,
  elif: (walk, node) => add(walk, node, 1, 'else if'),
  jump: (walk, node) => {
    if (isLabelled(walk.tree, node)) add(walk, node, 1, 'jump to a label');
  },
  binary: addLogical,
  else: (walk, node) => {
    const isLoops = walk.tree.kind(walk.tree.parentOf(node)) === 'loop';
    if (walk.rules.loopElse && isLoops) add(walk, node, 1, 'else of a loop');
  },
};

function addIf(walk: Walk, node: number, level: number): void {
  if (isElseIf(walk.tree, node)) add(walk, node, 1, 'else if');
  else addNested(walk, node, level, 'if');
}

function addNested(walk: Walk, node: number, level: number, what: string): void {
  add(walk, node, 1 + level, level === 0 ? what : `${what}, nested ${level} deep`);
}

function addLogical(walk: Walk, node: number): void {
  for (const step of logicalSteps(walk.tree, node, walk.rules)) {
    add(walk, step.token, 1, `sequence of ${step.operator}`);
  }
}

function add({ tree, steps }: Walk, node: number, points: number, reason: string): void {
  steps.push({ line: tree.startLine(node), points, reason });
}

const labels = new Set(['label', 'label_name', 'statement_identifier', 'identifier', 'integer']);

function isLabelled(tree: SyntaxTree, node: number): boolean {
  if (tree.type(node) === 'goto_statement') return true;
  const child = tree.namedChildren(node)[0] ?? -1;
  if (child < 0) return false;
  const type = tree.type(child);
  return labels.has(type) && !(type === 'identifier' && tree.table.language === 'rust');
}
