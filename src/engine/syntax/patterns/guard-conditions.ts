import { argumentNodes, callAt } from '../calls.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { oncePerNode } from '../once-per-node.ts';
import { isPlainElse, isRecovery, statementsOf } from '../tree-questions.ts';
import { logs } from './handlers.ts';
import { plainText } from './plain-text.ts';
import { complains, refuses, saysWhatIsWrong } from './refusal-words.ts';
import { negated, opposite, upright } from './turned-conditions.ts';
import { wrapsBody } from './wrapped-bodies.ts';

/** What leaves the function or the turn of a loop. */
const exits =
  /^[\s{:]*(then\b)?\s*(statement_list)?\s*(return|throw|raise|continue|break|next|panic|fail|abort|halt|die|exit|(process|sys|os|System|std::|Environment)\.?[eE]xit|Err\(|bail!|t\.Fatal|log\.Fatal\w*|reject\(|(ctx|context|this)\.throw\()(?!\w)/;
/** Ends the program. */
const stops =
  /^\s*((process|sys|os|System|std::|Environment)\.?)?_?[eE]xit(!|\b)(?!\s*\(?\s*0\s*\))/;
/** What is wrong is put to the other errors: `errors << "no name" if name.nil?`. */
const collects =
  /^[\s{:]*(then\b)?\s*((this|self|\$this)(\.|->)|@)?\w*(errors?|violations|problems|failures)\w*\s*(<<|\+=|(\.|->)(push|add|append|put|set|Add|addError|rejectValue)\(|\[[^\]\n]*\]\s*(=|<<|\.push))/i;
/** Functions that refuse what they are given themselves. */
const checkers =
  /^(requireNonNull|requireNonNullElse|checkArgument|checkNotNull|checkState|ThrowIf\w+|NotNull|notNull|notEmpty|isTrue|invariant)$/;

/** What a check asks. */
export interface Checked {
  /** Text that tells the kind of the check. */
  condition: string;
  /** Text that names what is checked. */
  subject: string;
}

/** The condition, when the node is a check that leaves; null otherwise. */
export function checkedText(tree: SyntaxTree, node: number): Checked | null {
  const kind = tree.kind(node);
  if (isRecovery(tree, node)) return null;
  if (kind === 'if' || kind === 'elif') return checkingBranch(tree, node);
  if (kind === 'ternary') return checkingChoice(tree, node);
  if (kind === 'assert')
    return same(whole(tree.excerpt(tree.namedChildren(node)[0] ?? node, longest)));
  return kind === 'call' ? checkingCall(tree, node) : null;
}

function checkingBranch(tree: SyntaxTree, node: number): Checked | null {
  const condition = tree.field(node, 'condition');
  if (condition < 0) return null;
  const text = askedIn(tree, node, condition);
  if (formAsked.test(text)) return null;
  if (isRefusedElsewhere(tree, node)) return same(opposite(text));
  if (leaves(tree, node) || mends(tree, node, text) || asksAgain(tree, node)) return same(text);
  return wrapsBody(tree, node) ? same(opposite(text)) : null;
}

/** In what form somebody wants the answer is no question about what was given. */
const formAsked =
  /\b(?:(?:expects|wants|accepts)(?:Json|Html|Any\w*)|isXmlHttpRequest|IsAjaxRequest|is_ajax|ajax)\(\)|\bxhr\?/;

/**
 * `known ? Try.success(row) : Try.failure(…)`, `x == null ? throw … : x`: one of the two values is a failure; or
 * `rows == null ? List.of() : rows`: a value that is not there gets one.
 */
function checkingChoice(tree: SyntaxTree, node: number): Checked | null {
  const [condition, then, other] = ['condition', 'consequence', 'alternative'].map((name) =>
    tree.field(node, name),
  );
  if (condition === undefined || then === undefined || other === undefined) return null;
  if (Math.min(condition, then, other) < 0) return null;
  const text = whole(plainText(tree, condition, longest));
  const [, not, nothing] = absent.exec(text) ?? [];
  if ((not ?? nothing ?? '') === tree.excerpt(other, 60)) return same(text);
  const [fails, isOtherFailure] = [then, other].map((one) =>
    failureValue.test(tree.excerpt(one, branchRead)),
  );
  if (fails === isOtherFailure) return null;
  return same(fails === true ? text : opposite(text));
}

const failureValue =
  /^\(?\s*(throw\b|(Try|Either|Results?|Validation|Outcome)(<[\w<>, ]*>)?(\.|::)(\w*[fF]ail\w*|[lL]eft|[eE]rr\w*|[iI]nvalid|NotFound|BadRequest)\(|(Left|Err|NotFound|BadRequest)\()/;

/** The function or the turn of a loop ends: at once, or after somebody was told. */
function leaves(tree: SyntaxTree, node: number): boolean {
  const branch = branchOf(tree, node);
  const text = branchText(tree, branch);
  return exits.test(text) || collects.test(text) || lastAfterWords(tree, branch) !== '';
}

/** Statements by which somebody is told before a function ends. */
const toldAtMost = 2;

/** `console.error('no user'); return;`: what leaves, where all before it only tell somebody; or ''. */
function lastAfterWords(tree: SyntaxTree, branch: number): string {
  const statements = statementsOf(tree, branch);
  const last = statements.at(-1);
  if (last === undefined || statements.length < 2 || statements.length > toldAtMost + 1) return '';
  const told = statements.slice(0, -1).map((one) => tree.excerpt(one, branchRead));
  const text = tree.excerpt(last, branchRead);
  return exits.test(text) &&
    told.every((one) => [logs, tells, refuses, words].some((says) => says.test(one)))
    ? text
    : '';
}

/**
 * `while (true) { …; if (bad) print("no"); else return text; }`: somebody is told, and the loop asks again, where what
 * fits ends it.
 */
const asksAgain = oncePerNode((tree: SyntaxTree, node: number): boolean => {
  const loop = tree.above(node, 'loop', 'function', 'closure');
  if (loop < 0 || !asksForever.test(tree.excerpt(loop, 30))) return false;
  const then = tree.field(node, 'consequence', 'body');
  const told = then < 0 ? [] : statementsOf(tree, then).map((one) => tree.excerpt(one, branchRead));
  if (told.length === 0 || !told.every((one) => logs.test(one) || tells.test(one))) return false;
  const last = lastElse(tree, node);
  return last >= 0 && /^[\s{:]*(return|break)\b/.test(branchText(tree, last));
});

const asksForever = /^(while\s*\(?\s*(true|True|1)\b|for\s*\(\s*;\s*;|for\s*\{|loop\b|do\b)/;

/** The plain `else` at the end of the branches that a node is one of, or -1. */
function lastElse(tree: SyntaxTree, node: number): number {
  let at = tree.kind(node) === 'elif' ? tree.parentOf(node) : node;
  for (let depth = 0; depth < 20; depth += 1) {
    const found = tree.children(at).find((child) => isPlainElse(tree, child));
    if (found !== undefined) return found;
    const other = tree.field(at, 'alternative');
    const inner = tree.kind(other) === 'if' ? other : (tree.namedChildren(other)[0] ?? -1);
    if (other < 0 || tree.kind(inner) !== 'if') return -1;
    at = inner;
  }
  return -1;
}

/** Shows or answers what is wrong: `setError('…')`, `res.status(404).json(…)`, `fmt.Fprintln(os.Stderr, …)`. */
const tells =
  /^(await\s+)?(res|resp|response|reply|ctx|c|w|this\.res)\.\w+|^(await\s+)?[\w.$>:]*([eE]rror|[wW]arn|[aA]lert|[tT]oast|[nN]otif|[uU]sage|[fF]lash|[mM]essage|[iI]nvalid|stderr|STDERR|Fprint)\w*\s*[.(]/;

/** The words of a refusal get a name: `const message = '…'`. */
const words =
  /^(?:(?:const|let|var|final|auto|String|string)\s+)*\$?\w*(?:[mM]sg|[mM]essage|[eE]rr\w*)\s*:?=\s*f?["'`]/;

/**
 * What is given is put right: a value that is not there gets one (`if rows is None: rows = []`), and one beyond a size or a
 * number becomes that (`if (n > rows.length) n = rows.length`). A name that holds the largest so far is no limit.
 */
export function mends(tree: SyntaxTree, node: number, condition: string): boolean {
  const set = onlySet(tree, node);
  if (set === null) return false;
  const asked = compared.exec(condition);
  if (asked !== null)
    return asked[1] === set.name && asked[2] === set.value && limit.test(set.value);
  const [, negated, nothing] = absent.exec(condition) ?? [];
  return set.name === (negated ?? nothing);
}

/** The name and the value of the only assignment that is made where a condition holds; null for anything else. */
function onlySet(tree: SyntaxTree, node: number): { name: string; value: string } | null {
  const then = tree.field(node, 'consequence', 'body');
  const [only, more] = then < 0 ? [] : statementsOf(tree, then);
  if (only === undefined || more !== undefined || tree.field(node, 'alternative') >= 0) return null;
  const [, name, value] =
    /^\$?([A-Za-z_]\w*)\s*=(?!=)\s*([^;]{1,60}?)\s*;?$/.exec(tree.excerpt(only, 100)) ?? [];
  return name === undefined || value === undefined ? null : { name, value };
}

/** `n > rows.length`, with both sides. */
const compared = /^[(\s]*\$?(\w+)\s*(?:[<>]=?)\s*([^()]{1,20}(?:\([^()]*\))?[^()]{0,20}?)[)\s]*$/;
/** `!rows`, `rows === null`, with the name. */
const absent =
  /^[(\s]*(?:(?:!|not\s+)\$?(\w+)|\$?(\w+)\s*(?:={2,3}\s*(?:null|undefined|nil|None|NULL)|is\s+None|\.nil\?))[)\s]*$/;

/** A number, a size or a constant. */
const limit =
  /^(-?\d[\d._]*|\w*(len|count|size)\([^()]*\)|[\w.$>-]+(\.|->)(length|size|Length|Count|len)(\(\))?|([A-Z]\w*\.)?[A-Z][A-Z\d_]+)$/;

/** The condition, the other way round where Ruby asks with `unless`. */
function askedIn(tree: SyntaxTree, node: number, condition: number): string {
  const text = whole(plainText(tree, condition, longest));
  return tree.type(node).startsWith('unless') ? negated(text) : text;
}

/** Characters of a condition that are read. */
const longest = 300;

/** Without the word that the end of what is read has cut. */
function whole(text: string): string {
  return text.length < longest ? text : text.replace(/\w+$/, '');
}

function same(text: string): Checked {
  const condition = upright(text);
  return { condition, subject: condition };
}

/** `Assert.notNull(pet, "no pet")`: what is checked is the first argument. */
function checkingCall(tree: SyntaxTree, node: number): Checked | null {
  const { name, qualifier } = callAt(tree, node);
  const isMacro = name === 'assert' && tree.table.language === 'rust';
  if (!isMacro && !(checkers.test(name) && isOfChecks(qualifier))) return null;
  const list = tree.children(node).at(-1) ?? node;
  const subject = isMacro ? list : (argumentNodes(tree, node)[0] ?? list);
  return { condition: tree.excerpt(node, longest), subject: tree.excerpt(subject, longest) };
}

/** `Assert.notNull(…)`, `ArgumentNullException.ThrowIfNull(…)`; `builder.isTrue(…)` makes a query. */
function isOfChecks(qualifier: string | null): boolean {
  return qualifier === null || checkerTypes.test(qualifier);
}

const checkerTypes =
  /(^|\.)(Assert|Assertions|Validate|Preconditions|Objects|Args|Check|Checks|Guard|Ensure|Verify|Require|\w*Exception)$/;

/** `return`, `return null`: says that there is no answer, whatever the function is about. */
export function answersNothing(tree: SyntaxTree, node: number): boolean {
  return nothing.test(branchText(tree, branchOf(tree, node)));
}

const nothing = /^[\s{:]*(then\b)?\s*return\s*(null|None|nil|nullptr|undefined|void 0)?[\s;}]*$/;

/** What ends in an error. */
const failures =
  /\b(throw|raise(?!\s+StopIteration)|panic!?|abort|halt|die|fail|bail!|reject)\b|\bErr\(|\b(fmt\.Errorf|errors\.New)\(|\breturn\b[^\n;]*\b[eE]rr\w*\b(?![\w\s,)]*=>|\.(msg|message|path|field|code|text)\b)/;

/** The check ends in an error, not in an answer. */
export function endsInError(tree: SyntaxTree, node: number): boolean {
  if (tree.kind(node) !== 'if' && tree.kind(node) !== 'elif') return true;
  return asksAgain(tree, node) || isFailure(tree, branchOf(tree, node));
}

function isFailure(tree: SyntaxTree, branch: number): boolean {
  const text = branchText(tree, branch);
  if (failures.test(text) || collects.test(text) || refuses.test(text)) return true;
  const last = lastAfterWords(tree, branch);
  return stops.test(last) || (last !== '' && (complains.test(text) || saysWhatIsWrong.test(text)));
}

/** Characters of what a check does that are read. */
const branchRead = 200;

function branchText(tree: SyntaxTree, branch: number): string {
  return branch < 0 ? '' : plainText(tree, branch, branchRead).replace(/^else\b/, '');
}

/** The branch that makes an `if` a check: what is done where its condition holds, or where it does not. */
function branchOf(tree: SyntaxTree, node: number): number {
  return isRefusedElsewhere(tree, node)
    ? Math.max(elseOf(tree, node), refusalBehind(tree, node))
    : tree.field(node, 'consequence', 'body');
}

/** `if (w > 0) { … } else { throw … }`, `if (row != null) { … } else { return null; }`: what does not fit is refused. */
export const isRefusedElsewhere = oncePerNode((tree: SyntaxTree, node: number): boolean => {
  const other = elseOf(tree, node);
  if (other < 0) return isRefused(tree, node, refusalBehind(tree, node));
  const text = branchText(tree, other);
  const then = tree.field(node, 'consequence', 'body');
  // Where both end without an answer or in an error, neither is what the other is kept from.
  if (nothing.test(text)) return !nothing.test(branchText(tree, then)) && !isFailure(tree, then);
  return isRefused(tree, node, other);
});

/** What is done where a condition does not hold ends in an error, and what is done where it holds does not. */
function isRefused(tree: SyntaxTree, node: number, other: number): boolean {
  const text = branchText(tree, other);
  const ends = exits.test(text) || refuses.test(text) || lastAfterWords(tree, other) !== '';
  const then = tree.field(node, 'consequence', 'body');
  return ends && isFailure(tree, other) && !isFailure(tree, then);
}

/** `if (user) { …; return user; } return notFound();`: the last statement behind one that answers; or -1. */
function refusalBehind(tree: SyntaxTree, node: number): number {
  const block = tree.parentOf(node);
  const then = tree.field(node, 'consequence', 'body');
  if (tree.kind(node) !== 'if' || tree.kind(block) === 'if' || then < 0) return -1;
  const last = statementsOf(tree, then).at(-1) ?? -1;
  const [next = -1, more] = tree.namedChildren(block).filter((one) => one > node);
  const isAnswer = tree.kind(last) === 'return' && more === undefined && next >= 0;
  return isAnswer && /^(return|throw)$/.test(tree.kind(next) ?? '') ? next : -1;
}

/** The block of a plain `else`, or -1. */
function elseOf(tree: SyntaxTree, node: number): number {
  const found = tree
    .children(node)
    .find((child) => tree.fieldName(child) === 'alternative' || tree.kind(child) === 'else');
  if (found === undefined || !isPlainElse(tree, found)) return -1;
  // Ruby puts the statements of an `else` right below it.
  if (tree.kind(found) !== 'else' || tree.table.language === 'ruby') return found;
  return tree.field(found, 'body') >= 0
    ? tree.field(found, 'body')
    : (tree.namedChildren(found).at(-1) ?? -1);
}
