import type { GuardFacts } from '../../pattern-facts.ts';
import { argumentNodes, callAt } from '../calls.ts';
import { deadBranches, within } from '../dead-branches.ts';
import { parameterFacts } from '../parameters.ts';
import { nodesOf } from '../nodes-where.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { isRecovery } from '../tree-questions.ts';
import type { Unit } from '../units.ts';
import { unitOf, type Context } from './context.ts';
import { asksForPresence, kindOf } from './guard-kinds.ts';
import { boundNames } from './bound-names.ts';
import { clausesOf, likeliestFirst, operandOf, withoutTexts } from './guard-operands.ts';

/** Functions that compare two values: their `<` is the answer, no check. */
const comparators =
  /^(__(lt|le|gt|ge|eq|ne|cmp)__|compare\w*|Compare\w*|equals|Equals|operator.*|<=>|[=<>!]=?=?|cmp|partial_cmp|eq|ne|lt|gt|le|ge|Less|less|hash\w*|sort\w*|\w*([cC]omparator|[cC]ompare|_cmp|Cmp))$/;

/** Calls whose answer is compared with zero to tell which of two comes first. */
const comparisons = /\b(\w*[cC]ompare\w*|str\w*cmp|memcmp|cmp|Cmp)\(|<=>/;

const exits =
  /^[\s{:]*(then\b)?\s*(statement_list)?\s*(return|throw|raise|continue|break|next|panic|fail|abort|halt|die|exit|process\.exit|sys\.exit|Err\(|bail!|t\.Fatal|reject\()(?!\w)/;
/** What is wrong is put to the other errors: `errors << "no name" if name.nil?`. */
const collects =
  /^[\s{:]*(then\b)?\s*((this|self|\$this)(\.|->)|@)?\w*(errors?|violations|problems|failures)\w*\s*(<<|\+=|(\.|->)(push|add|append|put|set|Add|addError|rejectValue)\(|\[[^\]\n]*\]\s*(=|<<|\.push))/i;
const checkers =
  /^(requireNonNull|requireNonNullElse|checkArgument|checkNotNull|checkState|ThrowIf\w+|NotNull|notNull|notEmpty|isTrue|invariant)$/;

const mayCheck = nodesOf('if', 'elif', 'assert', 'call');

/** Checks of a parameter that end the function (or the turn of a loop) early. */
export function findGuards(context: Context): GuardFacts[] {
  const { tree } = context;
  const names = context.units.list.map((unit) =>
    parameterFacts(tree, unit).map(({ name }) => name),
  );
  const found: GuardFacts[] = [];
  const isDead = within(tree, deadBranches(tree));
  for (const node of mayCheck(tree)) {
    const dead = isDead(node);
    const checked = checkedText(context, node);
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
      endLine: guardEnd(context, node),
    });
  }
  return found;
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
  const fails = failing(context, node);
  const whole = checked.subject === checked.condition;
  const clauses = whole ? clausesOf(checked.condition) : [checked.subject];
  const checks = clauses.flatMap((clause) =>
    subjectsIn(context, clause, parameters, fails || asksForNothing(clause)).map((subject) => {
      const condition = whole ? clause : checked.condition;
      const kind = kindOf(condition, subject, context.tree);
      const compared = operandOf(clause, subject, kind);
      const check: Check = { kind, subject, ...(compared === subject ? {} : { compared }) };
      return { check, rank: asksForPresence(clause) ? 2 : Number(kind === 'other') };
    }),
  );
  const told = fails
    ? checks
    : checks.filter(({ check }) => !isMereBranch(check, checked.condition, unitOf(context, node)));
  const check = told.toSorted((a, b) => a.rank - b.rank)[0]?.check;
  if (!check) return null;
  const leaves = fails || answersNothing(context, node);
  return (leaves && isUsual(checked.condition, parameters)) ||
    (!fails && isOfVariable(context.tree, check, parameters))
    ? { ...check, usual: true }
    : check;
}

/** A variable that is not there fits any function, too; C tells so of what could not be had. */
function isOfVariable(
  tree: SyntaxTree,
  { subject }: Check,
  parameters: readonly string[],
): boolean {
  return !parameters.includes(subject) && tree.table.language !== 'cpp';
}

/** `return`, `return null`: says that there is no answer, whatever the function is about. */
function answersNothing({ tree }: Context, node: number): boolean {
  const then = plainText(tree, tree.field(node, 'consequence', 'body'), 60);
  return /^[\s{:]*(then\b)?\s*return\s*(null|None|nil|nullptr|undefined|void 0)?[\s;}]*$/.test(
    then,
  );
}

/**
 * Each clause asks of one parameter, in words that every language has, whether it is there, of some type or a constant:
 * `x === null`, `typeof x !== 'string'`, `not rows`.
 */
function isUsual(condition: string, parameters: readonly string[]): boolean {
  const own = new Set([...parameters, 'arguments']);
  const bare = condition.replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, '""');
  return clausesOf(bare).every((clause) => {
    const words = [...wordsIn(clause)];
    const others = words.filter((word) => !own.has(word));
    return words.length - others.length === 1 && others.every((word) => commonWords.test(word));
  });
}

/** What tells presence, type, size and constants. */
const commonWords =
  /^(not|and|or|is|in|if|let|some|typeof|instanceof|isinstance|type|void|new|null|none|nil|undefined|nullptr|true|false|nan|number|isnan|array|isarray|isinteger|issafeinteger|isfinite|object|keys|objects|requirenonnull\w*|checknotnull|checkargument|throwif\w+|argument\w*exception|\w*error|len|length|size|count|isempty|is_empty|empty|blank|zero|negative|present|isset|is_none|is_some|is_null|is_array|is_string|is_numeric|strlen|trim|strip|string|str|int|float|bool|boolean|bigint|symbol|list|dict|tuple|set|map|date|regexp|function|callable|error|assert|is_a|kind_of|respond_to|isnullorempty|isnullorwhitespace|java|util)$/i;

/** Parameters that a condition names; else, where it ends in an error, another value. */
function subjectsIn(
  context: Context,
  clause: string,
  parameters: readonly string[],
  fails: boolean,
): string[] {
  // `if (error) throw error` hands it on.
  if (/^[(\s]*\w*([eE]rr|[eE]rror|exception)[)\s]*$/.test(clause)) return [];
  const words = wordsIn(withoutMembers(withoutTexts(clause)));
  const named = parameters.filter((name) => name !== '' && words.has(name));
  if (named.length > 0) return named.length > 1 ? likeliestFirst(named, clause) : named;
  // Go hands on what a call failed with under any name.
  const isFailure =
    context.tree.table.language === 'go' && /^[(\s]*\w+\s*!=\s*nil[)\s]*$/.test(clause);
  const other =
    fails && !isFailure
      ? (soughtIn(clause) ?? fieldIn(clause) ?? valueIn(clause, context.tree))
      : undefined;
  return other === undefined ? [] : [other];
}

/** `if (copy == NULL) return false`, `if (key === undefined) return`, `if (found == index.end()) return {}`. */
function asksForNothing(clause: string): boolean {
  return /(?<![!=])={2,3}\s*(null|undefined|nil|None|NULL|nullptr)\b|\bis None\b|(?<!!)\bis_null\(|^[^!]*\.nil\?|==.*(\.|->)c?end\(\)/.test(
    clause,
  );
}

/** `slot->key` and `item.name` are of `slot` and `item`, whatever is called `key` or `name`. */
function withoutMembers(clause: string): string {
  return clause.replaceAll(/(?:->|(?<!\.)\??\.|::)\s*#?[A-Za-z_]\w*/g, ' ');
}

/** `if (n == 1) return "one"` and `if (a < b) return a` choose; only a refusal would make them checks. */
function isMereBranch({ kind, subject }: Check, condition: string, unit: Unit | null): boolean {
  if (comparators.test(unit?.name ?? '') || comparisons.test(condition)) return true;
  // What is held against `minimum` is something else.
  const others = condition.replaceAll(subject, '');
  return kind === 'other' || (kind === 'bounds' && !limits.test(others));
}

/** Compared with a size, a named limit or a number. */
const limits =
  /(length|size|Length|Count|len\(|count\(|max|min|limit|capacity|bound)|[<>]=?\s*-?\d|\d\s*[<>]/i;

function wordsIn(text: string): Set<string> {
  return new Set(text.match(/[A-Za-z_$][\w]*/g)?.map((word) => word.replace('$', '')) ?? []);
}

const failures =
  /\b(throw|raise(?!\s+StopIteration)|panic!?|abort|halt|die|fail|bail!|reject)\b|\bErr\(|\b(fmt\.Errorf|errors\.New)\(|\breturn\b[^\n;]*\b[eE]rr\w*\b(?![\w\s,)]*=>)/;

/** The check ends in an error, not in an answer. */
function failing({ tree }: Context, node: number): boolean {
  const then = tree.field(node, 'consequence', 'body');
  if (tree.kind(node) !== 'if' && tree.kind(node) !== 'elif') return true;
  const text = then < 0 ? '' : plainText(tree, then, 200);
  return failures.test(text) || collects.test(text);
}

/** A value that the function made from its input; passing on an error is no check of one. */
function valueIn(condition: string, tree: SyntaxTree): string | undefined {
  const bare = withoutTexts(condition);
  if (/\b\w*[eE]rr(or)?([A-Z]\w*)?\b/.test(bare)) return undefined;
  for (const found of bare.matchAll(/\b[A-Za-z_]\w*\b(?!\s*!?\()/g)) {
    const [name] = found;
    const after = bare.slice(found.index + name.length, found.index + name.length + 2);
    // `StringUtils.isEmpty(name)`, `os.path.exists(path)`: a type or module is no value.
    const isHolder =
      /^(\.|::)/.test(after) &&
      (/^[A-Z]/.test(name) || (modules.test(name) && !boundNames(tree).has(name)));
    const isMember = /[.>:]$/.test(bare.slice(Math.max(0, found.index - 1), found.index));
    if (!isHolder && !isMember && !notValues.test(name)) return name;
  }
  return undefined;
}

const modules =
  /^(os|path|math|re|np|pd|fs|util|_|lodash|strings|bytes|reflect|utf8|unicode|filepath|string|std|ctype|validator|slices|maps|regexp|url)$/;

const notValues =
  /^(not|and|or|is|in|let|if|isinstance|typeof|type|str|int|std|Array|Object|String|Number|Math|null|None|nil|true|false|True|False|undefined|instanceof|empty|isset|strlen|self|this|string|const|new|mut|nullptr|NULL)$/;

/** What is looked up in something: `!this.authors.has(book.author)`. */
function soughtIn(clause: string): string | undefined {
  return /\b(?:has|contains\w*|includes|exists\w*|find\w*)\(\s*(?:[\w$]+(?:\.|->))*([A-Za-z_$]\w*)\s*\)/i.exec(
    clause,
  )?.[1];
}

/** The field of the object itself that a condition is about. */
function fieldIn(condition: string): string | undefined {
  return /(?:\b(?:self|this)(?:\.|->)|\$this->|@)[_#]?(\w+)/.exec(condition)?.[1];
}

/** Line where the check itself ends: what an `else` holds is no part of it. */
function guardEnd({ tree }: Context, node: number): number {
  const then = tree.field(node, 'consequence', 'body');
  return tree.endLine(then < 0 ? node : then);
}

interface Checked {
  /** Text that tells the kind of the check. */
  condition: string;
  /** Text that names what is checked. */
  subject: string;
}

/** The condition, when the node is a check that leaves; null otherwise. */
function checkedText({ tree }: Context, node: number): Checked | null {
  const kind = tree.kind(node);
  if (isRecovery(tree, node)) return null;
  if (kind === 'if' || kind === 'elif') {
    const condition = tree.field(node, 'condition');
    const then = tree.field(node, 'consequence', 'body');
    const text = then < 0 ? '' : plainText(tree, then, 200);
    if (condition < 0 || (!exits.test(text) && !collects.test(text))) return null;
    return same(askedIn(tree, node, condition));
  }
  if (kind === 'assert')
    return same(whole(tree.excerpt(tree.namedChildren(node)[0] ?? node, longest)));
  return kind === 'call' ? checkingCall(tree, node) : null;
}

/** The condition, the other way round where Ruby asks with `unless`. */
function askedIn(tree: SyntaxTree, node: number, condition: number): string {
  const text = whole(plainText(tree, condition, longest));
  return tree.type(node).startsWith('unless') ? negated(text) : text;
}

function negated(condition: string): string {
  return /^[\w.@?]+$/.test(condition) ? `!${condition}` : `!(${condition})`;
}

/** Characters of a condition that are read. */
const longest = 300;

/** Without the word that the end of what is read has cut. */
function whole(text: string): string {
  return text.length < longest ? text : text.replace(/\w+$/, '');
}

function same(text: string): Checked {
  return { condition: text, subject: text };
}

/** `Assert.notNull(pet, "no pet")`: what is checked is the first argument. */
function checkingCall(tree: SyntaxTree, node: number): Checked | null {
  const { name, qualifier } = callAt(tree, node);
  const isMacro = name === 'assert' && tree.table.language === 'rust';
  if (!isMacro && !(checkers.test(name) && isOfChecks(qualifier))) return null;
  const list = tree.children(node).at(-1) ?? node;
  const subject = isMacro ? list : (argumentNodes(tree, node)[0] ?? list);
  return { condition: tree.excerpt(node, 300), subject: tree.excerpt(subject, 300) };
}

/** `Assert.notNull(…)`, `ArgumentNullException.ThrowIfNull(…)`; `builder.isTrue(…)` makes a query. */
function isOfChecks(qualifier: string | null): boolean {
  return (
    qualifier === null ||
    /(^|\.)(Assert|Assertions|Validate|Preconditions|Objects|Args|Check|Checks|Guard|Ensure|Verify|Require|\w*Exception)$/.test(
      qualifier,
    )
  );
}

/** Text of a node without its comments, from its first `limit` characters of code on. */
function plainText(tree: SyntaxTree, top: number, limit: number): string {
  const pieces: string[] = [];
  let from = tree.start[top] ?? 0;
  let size = 0;
  const end = tree.endOf(top);
  const stop = tree.stop[top] ?? 0;
  for (let node = top; node < end && size < limit; node += 1) {
    if (tree.kind(node) !== 'comment') {
      size = Math.max(0, (tree.start[node] ?? 0) - from);
      continue;
    }
    pieces.push(tree.source.slice(from, tree.start[node]));
    from = tree.stop[node] ?? from;
    size = 0;
    if (pieces.join('').length > limit) break;
  }
  return [...pieces, tree.source.slice(from, Math.min(stop, from + limit))].join('');
}
