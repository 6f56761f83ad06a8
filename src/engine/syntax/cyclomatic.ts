import type { CyclomaticRules } from './dialects.ts';
import type { Kind } from './languages/language-table.ts';
import { oncePerType } from './once-per-type.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { isDefaultCase, isLogical, operatorOf } from './tree-questions.ts';

/** Cyclomatic complexity of a function (or of any subtree): 1 + its decision points. */
export function cyclomaticOf(tree: SyntaxTree, root: number, dialect: CyclomaticRules): number {
  const rules = { ...dialect, ...dialect.in?.[tree.table.language] };
  const end = tree.endOf(root);
  let decisions = 1;
  for (let node = root + 1; node < end;) {
    if (!mayDecide(tree, node)) {
      node += 1;
      continue;
    }
    if (isSkipped(tree, node, rules)) {
      if (tree.kind(node) === 'assert') decisions += 1;
      node = tree.endOf(node);
      continue;
    }
    decisions += decisionsAt(tree, node, rules);
    node += 1;
  }
  return decisions;
}

function isSkipped(tree: SyntaxTree, node: number, rules: CyclomaticRules): boolean {
  const kind = tree.kind(node);
  if (kind === 'closure') return rules.closures === 'skip' || tree.table.closuresAreUnits;
  if (kind === 'assert' && rules.asserts === 'alone') return true;
  if (kind === 'class') return rules.classes === 'skip';
  if (kind === 'parameters') return rules.parameters === 'skip';
  return kind === 'function' && rules.functions === 'skip';
}

/** Most nodes are neither counted nor left out by any rules. */
const mayDecide = oncePerType((tree, node) => {
  const kind = tree.kind(node);
  if (kind === undefined) return /^(for_in|if)_clause$/.test(tree.type(node));
  return Object.hasOwn(counters, kind) || /^(closure|class|parameters|function)$/.test(kind);
});

type Counter = (tree: SyntaxTree, node: number, rules: CyclomaticRules) => number;

const counters: Partial<Record<Kind, Counter>> = {
  if: () => 1,
  elif: () => 1,
  ternary: () => 1,
  loop: () => 1,
  switch: (tree, node, rules) => Number(rules.matches === 'whole' && isMatch(tree, node)),
  case: caseDecisions,
  catch: (_tree, _node, rules) => Number(rules.catches),
  binary: (tree, node, rules) =>
    Number(
      (isLogical(tree, node) && (rules.logical === 'each' || isCondition(tree, node))) ||
        (rules.nullish && operatorOf(tree, node) === '??'),
    ),
  throw: (_tree, _node, rules) => Number(rules.throws),
  assert: (_tree, _node, rules) => Number(rules.asserts !== 'none'),
  finally: (_tree, _node, rules) => Number(rules.finallys),
  else: (tree, node, rules) => Number(rules.loopElse && isLoopElse(tree, node)),
};

function decisionsAt(tree: SyntaxTree, node: number, rules: CyclomaticRules): number {
  const kind = tree.kind(node);
  if (kind !== undefined) return counters[kind]?.(tree, node, rules) ?? 0;
  if (!rules.comprehensions) return 0;
  const type = tree.type(node);
  return type === 'for_in_clause' || type === 'if_clause' ? 1 : 0;
}

function isLoopElse(tree: SyntaxTree, node: number): boolean {
  const above = tree.kind(tree.parentOf(node));
  return above === 'loop' || above === 'try';
}

const isArm = /^match_(arm|conditional_expression)$/;

function isMatch(tree: SyntaxTree, node: number): boolean {
  return tree.type(node) === 'match_expression';
}

function caseDecisions(tree: SyntaxTree, node: number, rules: CyclomaticRules): number {
  if (rules.matches === 'whole' && isArm.test(tree.type(node))) return 0;
  if (isDefaultCase(tree, node)) return Number(rules.wildcard && tree.type(node) === 'case_clause');
  return rules.labelConstants ? Math.max(1, tree.namedChildren(node).length) : 1;
}

/** The expression is (part of) what an if, loop, switch or ternary asks. */
function isCondition(tree: SyntaxTree, node: number): boolean {
  let at = node;
  while (at >= 0) {
    const parent = tree.parentOf(at);
    const kind = parent < 0 ? undefined : tree.kind(parent);
    if (kind === 'if' || kind === 'loop' || kind === 'ternary' || kind === 'switch') {
      return tree.fieldName(at) === 'condition';
    }
    if (kind !== 'binary' && kind !== 'paren' && kind !== 'not') return false;
    at = parent;
  }
  return false;
}
