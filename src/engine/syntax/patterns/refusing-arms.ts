import type { GuardFacts } from '../../pattern-facts.ts';
import { nodesOf } from '../nodes-where.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { isDefaultCase } from '../tree-questions.ts';
import { unitOf, type Context } from './context.ts';
import { checkOf, shownValue } from './required-values.ts';

const mayRefuse = nodesOf('switch');

/**
 * Checks that one arm of a `switch` or `match` makes: the arm for a missing value, or the one for whatever no other arm
 * is for, ends in an error. `match rows.get(at) { Some(row) => row, None => return Err(…) }`,
 * `switch (sign) { …; default: throw … }`.
 */
export function refusingArms(context: Context): GuardFacts[] {
  const { tree, testUnits } = context;
  const found: GuardFacts[] = [];
  for (const node of mayRefuse(tree)) {
    const unit = unitOf(context, node);
    if (unit === null || testUnits.has(unit.node)) continue;
    const subject = subjectOf(tree, node);
    const kind = subject === '' ? null : kindRefused(tree, node);
    if (kind === null) continue;
    const line = tree.startLine(node);
    found.push({
      ...checkOf(tree, unit, { kind, subject, node }),
      startLine: line,
      endLine: line,
    });
  }
  return found;
}

/** What is asked of, as it is shown: `sign`, `rows.get(at)`, of what is longer the call alone. */
function subjectOf(tree: SyntaxTree, node: number): string {
  const value = tree.field(node, 'value', 'condition', 'subject');
  if (value < 0) return '';
  const text = tree.excerpt(value, 120).replace(/^\((.*)\)$/s, '$1');
  // What failed elsewhere is handed on, and a truth chooses.
  if (/^(&?\w*([eE]rr|[eE]rror|exception)|true|!.*)$/.test(text)) return '';
  const shown = shownValue(text);
  return /^@?[A-Za-z_$][\w.$:>()?…-]*$/.test(shown) ? shown : '';
}

/** What the arm that fails is for: nothing there, or what is not known; null where none fails. */
function kindRefused(tree: SyntaxTree, node: number): GuardFacts['kind'] | null {
  const arms = armsOf(tree, node);
  if (arms.length < 2) return null;
  const failing = arms.filter((arm) => fails.test(bodyText(tree, arm)));
  // Where each ends in an error, none is refused more than another.
  if (failing.length === 0 || failing.length === arms.length) return null;
  if (failing.some((arm) => nothing.test(tree.excerpt(arm, 40)))) return 'null';
  return failing.some((arm) => isDefault(tree, arm)) && arms.some((arm) => isValue(tree, arm))
    ? 'membership'
    : null;
}

/** The arms of a `switch`, wherever its grammar keeps them. */
function armsOf(tree: SyntaxTree, node: number): number[] {
  const arms: number[] = [];
  const end = tree.endOf(node);
  for (let at = node + 1; at < end;) {
    const isArm = armTypes.test(tree.type(at));
    if (isArm) arms.push(at);
    at =
      isArm || tree.kind(at) === 'function' || tree.kind(at) === 'closure'
        ? tree.endOf(at)
        : at + 1;
  }
  return arms;
}

const armTypes =
  /^(match_arm|case_clause|switch_case|switch_default|switch_section|switch_expression_arm|switch_block_statement_group|switch_rule|case_statement|default_statement|match_conditional_expression|match_default_expression|expression_case|default_case|when|else|in_clause)$/;

function bodyText(tree: SyntaxTree, arm: number): string {
  const text = tree.excerpt(arm, 300);
  return text.replace(/^[^\n]*?(=>|->|:(?!:)|\bthen\b|\n|^else\b)/, '');
}

/** Begins with what ends in an error. */
const fails =
  /^[\s{(]*(return\s*\(?\s*)?(throw\b|raise\b|panic!|panic\(|bail!|abort\(|Err\(|nil,\s*(fmt\.Errorf|errors\.New)\(|(\w+,\s*)?(fmt\.Errorf|errors\.New)\()/;
const nothing = /^(None\b|nil\b|null\b|case\s+(None|nil|null)\b|in nil\b|when nil\b)/;

function isDefault(tree: SyntaxTree, arm: number): boolean {
  return isDefaultCase(tree, arm) || /^(default|else|case _|_)\b/.test(tree.excerpt(arm, 10));
}

/** For a value of its own: a constant, a text, a number. */
function isValue(tree: SyntaxTree, arm: number): boolean {
  const text = tree.excerpt(arm, 60).replace(/^(case|when|in)\s+/, '');
  return (
    /^(["'`]|-?\d|[A-Z]\w*(::|\.)\w+|[A-Z][A-Z\d_]+\b|:\w|[A-Z]\w*\s*(->|:|=>))/.test(text) &&
    !/^(Some|Ok|Err)\b/.test(text)
  );
}
