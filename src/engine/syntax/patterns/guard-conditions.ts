import { argumentNodes, callAt } from '../calls.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { isRecovery } from '../tree-questions.ts';

/** What leaves the function or the turn of a loop. */
const exits =
  /^[\s{:]*(then\b)?\s*(statement_list)?\s*(return|throw|raise|continue|break|next|panic|fail|abort|halt|die|exit|process\.exit|sys\.exit|Err\(|bail!|t\.Fatal|reject\()(?!\w)/;
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
  if (kind === 'if' || kind === 'elif') {
    const condition = tree.field(node, 'condition');
    const text = branchText(tree, node);
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
  const then = plainText(tree, tree.field(node, 'consequence', 'body'), 60);
  return /^[\s{:]*(then\b)?\s*return\s*(null|None|nil|nullptr|undefined|void 0)?[\s;}]*$/.test(
    then,
  );
}

/** What ends in an error. */
const failures =
  /\b(throw|raise(?!\s+StopIteration)|panic!?|abort|halt|die|fail|bail!|reject)\b|\bErr\(|\b(fmt\.Errorf|errors\.New)\(|\breturn\b[^\n;]*\b[eE]rr\w*\b(?![\w\s,)]*=>)/;

/** The check ends in an error, not in an answer. */
export function endsInError(tree: SyntaxTree, node: number): boolean {
  if (tree.kind(node) !== 'if' && tree.kind(node) !== 'elif') return true;
  const text = branchText(tree, node);
  return failures.test(text) || collects.test(text);
}

/** Characters of what a check does that are read. */
const branchRead = 200;

/** What is done where the condition holds. */
function branchText(tree: SyntaxTree, node: number): string {
  const then = tree.field(node, 'consequence', 'body');
  return then < 0 ? '' : plainText(tree, then, branchRead);
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
