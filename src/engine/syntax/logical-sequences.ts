import type { CognitiveRules } from './dialects.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { isLogical, operatorOf, operatorToken } from './tree-questions.ts';

interface Step {
  token: number;
  operator: string;
}

/**
 * The sequences of like operators in a logical expression, each by its first operator. Only the
 * topmost expression answers; the ones inside it belong to its sequences.
 */
export function logicalSteps(tree: SyntaxTree, top: number, rules: CognitiveRules): Step[] {
  if (!isLogical(tree, top) || isInside(tree, top, rules)) return [];
  const group = groupOf(tree, top, rules);
  const steps = rules.sequence === 'tree' ? byTree(tree, group) : bySource(tree, group);
  return rules.logical === 'all' ? steps : steps.filter(({ operator }) => operator === '&&');
}

function isInside(tree: SyntaxTree, node: number, rules: CognitiveRules): boolean {
  let up = tree.parentOf(node);
  while (up >= 0 && rules.parentheses === 'transparent' && tree.kind(up) === 'paren')
    up = tree.parentOf(up);
  return up >= 0 && isLogical(tree, up);
}

/** Logical expressions joined to the top one, in tree order. */
function groupOf(tree: SyntaxTree, top: number, rules: CognitiveRules): number[] {
  const group: number[] = [];
  const end = tree.endOf(top);
  for (let node = top; node < end;) {
    if (isLogical(tree, node)) group.push(node);
    else if (rules.parentheses === 'opaque' || tree.kind(node) !== 'paren') {
      node = tree.endOf(node);
      continue;
    }
    node += 1;
  }
  return group;
}

function bySource(tree: SyntaxTree, group: number[]): Step[] {
  const tokens = group.map((node) => operatorToken(tree, node)).sort((a, b) => a - b);
  const steps: Step[] = [];
  let previous = '';
  for (const token of tokens) {
    const operator = tree.text(token);
    if (operator !== previous) steps.push({ token, operator });
    previous = operator;
  }
  return steps;
}

function byTree(tree: SyntaxTree, group: number[]): Step[] {
  const members = new Set(group);
  return group
    .filter((node) => {
      const parent = tree.parentOf(node);
      return !members.has(parent) || operatorOf(tree, parent) !== operatorOf(tree, node);
    })
    .map((node) => ({ token: operatorToken(tree, node), operator: operatorOf(tree, node) }));
}
