import { shapeOfNodes } from '../shape-of-text.ts';
import type { GuardFacts } from '../../pattern-facts.ts';
import { deadBranch, deadBranches, within } from '../dead-branches.ts';
import { outerQuestionOf } from '../outer-throws.ts';
import { parameterFacts } from '../parameters.ts';
import { nodesOf } from '../nodes-where.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import type { Unit } from '../units.ts';
import { unitOf, type Context } from './context.ts';
import { declaredChecks } from './declared-checks.ts';
import {
  answersNothing,
  checkedText,
  endsInError,
  isRefusedElsewhere,
  mends,
  type Checked,
} from './guard-conditions.ts';
import { asksForNothing, asksForPresence, kindOf } from './guard-kinds.ts';
import { clausesOf, operandOf } from './guard-operands.ts';
import { subjectsIn, wordsIn } from './guard-subjects.ts';
import { refusingArms } from './refusing-arms.ts';
import { requiredValues, shownValue } from './required-values.ts';
import { statementsOf } from '../tree-questions.ts';
import { wrapsBody } from './wrapped-bodies.ts';

/** Functions that compare two values: their `<` is the answer, no check. */
const comparators =
  /^(__(lt|le|gt|ge|eq|ne|cmp)__|compare\w*|Compare\w*|equals|Equals|operator.*|<=>|[=<>!]=?=?|cmp|partial_cmp|eq|ne|lt|gt|le|ge|Less|less|hash\w*|sort\w*|\w*([cC]omparator|[cC]ompare|_cmp|Cmp))$/;

/** Calls whose answer is compared with zero to tell which of two comes first. */
const comparisons = /\b(\w*[cC]ompare\w*|str\w*cmp|memcmp|cmp|Cmp)\(|<=>/;

const mayCheck = nodesOf('if', 'elif', 'ternary', 'assert', 'call');

/** Checks of a parameter that end the function (or the turn of a loop) early. */
export function findGuards(context: Context): GuardFacts[] {
  const { tree } = context;
  const names = context.units.list.map((unit) =>
    parameterFacts(tree, unit).map(({ name }) => name),
  );
  const found: GuardFacts[] = [];
  const isDead = within(tree, deadBranches(tree));
  for (const node of mayCheck(tree)) {
    const dead = isDead(node) || isIdle(tree, node);
    const checked = checkedText(tree, node);
    const unit = unitOf(context, node);
    // What a test asserts is no check of what it is called with.
    if (checked === null || unit === null || context.testUnits.has(unit.node)) continue;
    const check = checkIn(context, node, checked, names[context.units.of[node] ?? -1] ?? []);
    if (check === null) continue;
    found.push({
      ...check,
      ...(dead ? { dead } : {}),
      function: unit.name,
      startLine: tree.startLine(node),
      endLine: tree.endLine(guardEnd(tree, node)),
      shape: shapeOfNodes(tree, node, guardEnd(tree, node)),
    });
  }
  return [
    ...found,
    ...requiredValues(context),
    ...refusingArms(context),
    ...declaredChecks(context),
  ];
}

/** Always comes out the same, or asks nothing that any input could change. */
function isIdle(tree: SyntaxTree, node: number): boolean {
  return deadBranch(tree, node) >= 0 || outerQuestionOf(tree, node)?.calls?.length === 0;
}

/** Without an answer, without doing anything, or with a value in place of what was not there. */
function leavesItBe(tree: SyntaxTree, node: number, condition: string): boolean {
  return answersNothing(tree, node) || wrapsBody(tree, node) || mends(tree, node, condition);
}

/** Whether there is anything is asked of what a function found as well: `if (!node) return null`, `if (at === null) return`. */
function isAskedOfAny(tree: SyntaxTree, node: number, clause: string): boolean {
  if (asksForNothing(clause)) return true;
  return (
    /^[(\s]*(?:!|not\s)\s*[\w$@]+(?:(?:\.|->|\?\.)[\w$]+)*[)\s]*$/.test(clause) &&
    (answersNothing(tree, node) || wrapsBody(tree, node))
  );
}

type Check = Pick<GuardFacts, 'kind' | 'subject' | 'compared' | 'usual'>;

/**
 * What is checked how: what is compared says more than that something is refused, and that more than that there is a
 * value at all.
 */
function checkIn(
  context: Context,
  node: number,
  checked: Checked,
  parameters: readonly string[],
): Check | null {
  const fails = endsInError(context.tree, node);
  const whole = checked.subject === checked.condition;
  const clauses = whole ? clausesOf(checked.condition) : [checked.subject];
  const checks = clauses.flatMap((clause) =>
    subjectsIn(
      context.tree,
      clause,
      parameters,
      fails || isAskedOfAny(context.tree, node, clause),
    ).map((subject) => {
      const condition = whole ? clause : checked.condition;
      const kind = kindOf(condition, subject, context.tree);
      const compared = operandOf(clause, subject, kind);
      const check: Check = { kind, subject, ...(compared === subject ? {} : { compared }) };
      return { check, rank: asksForPresence(clause) ? 2 : Number(kind === 'other') };
    }),
  );
  const told = fails
    ? checks
    : checks.filter(
        ({ check }) =>
          !isMereBranch(check, checked.condition, unitOf(context, node)) &&
          !(check.kind === 'bounds' && saysYes(context.tree, node)),
      );
  const check = told.toSorted((a, b) => a.rank - b.rank)[0]?.check;
  if (!check) return null;
  const says = fails || leavesItBe(context.tree, node, checked.condition);
  const fitsAny =
    (says && isUsual(checked.condition, parameters)) ||
    (!fails && isOfVariable(context.tree, check, parameters));
  const shown = ofLookup(context.tree, node, check);
  return fitsAny ? { ...shown, usual: true } : shown;
}

/** `it, ok := s.items[id]; if !ok { … }` of Go asks whether `s.items[id]` is known. */
function ofLookup(tree: SyntaxTree, node: number, check: Check): Check {
  if (tree.table.language !== 'go' || !/^(ok|found|exists?)$/.test(check.subject)) return check;
  const value = lookedUpBefore(tree, node, check.subject);
  const asserted = /^([\w.]+)\.\([\w.*[\]]+\)$/.exec(value)?.[1];
  if (asserted !== undefined) return { ...check, kind: 'type', compared: asserted };
  const shown = /^[\w.]+[[(]/.test(value) ? shownValue(value) : '';
  return shown === '' ? check : { ...check, kind: 'membership', compared: shown };
}

/** What a truth was given beside a value, the last time before a check. */
function lookedUpBefore(tree: SyntaxTree, node: number, name: string): string {
  const at = tree.start[node] ?? 0;
  const end = tree.stop[tree.field(node, 'condition')] ?? at;
  const before = tree.source.slice(Math.max(0, at - lookBack), end);
  const given = [...before.matchAll(/\b\w+,\s*(\w+)\s*:?=\s*([^\n;{]+)/g)];
  return (
    given
      .filter(([, word]) => word === name)
      .at(-1)?.[2]
      ?.trim() ?? ''
  );
}

/** Characters before a check in which what it asks about was looked up. */
const lookBack = 200;

/** A variable that is not there fits any function, too; C tells so of what could not be had. */
function isOfVariable(
  tree: SyntaxTree,
  { subject }: Check,
  parameters: readonly string[],
): boolean {
  return !parameters.includes(subject) && tree.table.language !== 'cpp';
}

/**
 * Each clause asks of one parameter, in words that every language has, whether it is there, of some type or a constant:
 * `x === null`, `typeof x !== 'string'`, `not rows`.
 */
function isUsual(condition: string, parameters: readonly string[]): boolean {
  const own = new Set([...parameters, 'arguments']);
  const bare = condition
    .replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, '""')
    // A constant with a name is a constant.
    .replaceAll(/\b(?:[A-Za-z_]\w*(?:\.|::))?[A-Z][A-Z\d]*(?:_[A-Z\d]+)+\b/g, '0');
  return clausesOf(bare).every((clause) => {
    const words = [...wordsIn(clause)];
    const others = words.filter((word) => !own.has(word));
    return words.length - others.length === 1 && others.every((word) => commonWords.test(word));
  });
}

/** What tells presence, type, size and constants. */
const commonWords =
  /^(not|and|or|is|in|if|let|some|hashcode|getclass|tostring|valueof|typeof|instanceof|isinstance|type|void|new|null|none|nil|undefined|nullptr|true|false|nan|number|isnan|array|isarray|isinteger|issafeinteger|isfinite|object|keys|objects|requirenonnull\w*|checknotnull|checkargument|throwif\w+|argument\w*exception|\w*error|len|length|size|count|isempty|is_empty|empty|blank|zero|negative|present|isset|is_none|is_some|is_null|is_array|is_string|is_numeric|strlen|trim|strip|string|str|int|float|bool|boolean|bigint|symbol|list|dict|tuple|set|map|date|regexp|function|callable|error|assert|is_a|kind_of|respond_to|isnullorempty|isnullorwhitespace|java|util|globalthis|invariant|checkstate|notnull|notempty|istrue|preconditions)$/i;

/** `if (n == 1) return "one"` and `if (a < b) return a` choose; only a refusal would make them checks. */
function isMereBranch({ kind, subject }: Check, condition: string, unit: Unit | null): boolean {
  if (comparators.test(unit?.name ?? '') || comparisons.test(condition)) return true;
  // What is held against `minimum` is something else.
  const others = condition.replaceAll(/[\w$]+/g, (word) => (word === subject ? '' : word));
  return kind === 'other' || (kind === 'bounds' && !limits.test(others));
}

/** `if (left + width >= other.left) return true` is what was asked for, and refuses nothing. */
function saysYes(tree: SyntaxTree, node: number): boolean {
  const then = tree.field(node, 'consequence', 'body');
  const [only = -1, more] = then < 0 ? [] : statementsOf(tree, then);
  return more === undefined && only >= 0 && /^return\s+[tT]rue\s*;?$/.test(tree.excerpt(only, 40));
}

/** Compared with a size, a named limit or a number. */
const limits =
  /(length|size|Length|Count|len\(|count\(|max|min|limit|capacity|bound)|[<>]=?\s*-?\d|\d\s*[<>]/i;

/** The check is the question; what it keeps from happening stands in its branch. */
function isWrapping(tree: SyntaxTree, node: number): boolean {
  return wrapsBody(tree, node) && !answersNothing(tree, node) && !endsInError(tree, node);
}

/** Line where the check itself ends: what an `else` holds is no part of it. */
function guardEnd(tree: SyntaxTree, node: number): number {
  const isAsked = isRefusedElsewhere(tree, node) || isWrapping(tree, node);
  const field = isAsked ? 'condition' : 'consequence';
  const part = tree.field(node, field, 'body');
  return part < 0 ? node : part;
}
