import { headerText } from '../../headers.ts';
import { statementsOf } from '../../tree-questions.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { unitOf, type Context, type Detector } from '../context.ts';
import { bindingsOf, typeOf } from './name-index.ts';
import { flat, following, isStatementCall, statementAround, unitText } from './shapes.ts';

/** What a statement of Go writes to: an element of a map, or a whole variable that is added to. */
const writes =
  /^(?:(\w+)\[[^\]]+\]\s*(?:[-+*|]?=[^=]|\+\+|--)|(\w+)\s*(?:\+\+|--|[-+*|]=)|(\w+)\s*=\s*append\(\s*\3\s*,)/;

/** Goroutines that a loop starts all write to a variable from outside, and none takes a lock. */
function writesUnguarded(context: Context, node: number): boolean {
  const { tree } = context;
  const [, map, counter, list] = writes.exec(flat(tree, node, 200)) ?? [];
  const name = map ?? counter ?? list;
  const closure = name === undefined ? -1 : goroutineAround(context, node);
  if (name === undefined || closure < 0) return false;
  const text = tree.excerpt(closure, 6_000);
  if (/\.R?Lock\(|\batomic\.|\.Do\(|<-/.test(text)) return false;
  const own = new RegExp(
    `\\b${name}\\s*(,\\s*\\w+\\s*)*:=|,\\s*${name}\\s*:=|\\bvar\\s+${name}\\b|^func\\([^)]*\\b${name}\\b`,
  );
  return !own.test(text) && (map === undefined || isMap(context, closure, name));
}

/** The function literal of a `go` statement in a loop that a node stands in, or -1. */
function goroutineAround({ tree }: Context, node: number): number {
  const closure = tree.above(node, 'closure', 'function');
  if (tree.kind(closure) !== 'closure') return -1;
  const call = tree.parentOf(closure);
  const statement = tree.parentOf(call);
  if (tree.type(statement) !== 'go_statement') return -1;
  const around = tree.above(statement, 'loop', 'closure', 'function');
  return tree.kind(around) === 'loop' ? closure : -1;
}

function isMap(context: Context, closure: number, name: string): boolean {
  if (typeOf(context, closure, name)?.startsWith('map[') === true) return true;
  return bindingsOf(context, closure, name).some(
    ({ value }) => value >= 0 && /^(make\(\s*map\[|map\[)/.test(context.tree.excerpt(value, 20)),
  );
}

/** `done := make(chan T)` that a goroutine sends to, while its only receiver may have left by another case. */
function sticksInSending(context: Context, node: number): boolean {
  const { tree } = context;
  const name = /^(\w+)\s*:=\s*make\(\s*chan\s+[^,]+\)$/.exec(flat(tree, node, 120))?.[1];
  if (name === undefined) return false;
  const text = unitText(context, node);
  const receives = [...text.matchAll(new RegExp(`<-\\s*${name}\\b|\\brange\\s+${name}\\b`, 'g'))];
  if (receives.length !== 1 || new RegExp(`case\\s+${name}\\s*<-`).test(text)) return false;
  const sends = new RegExp(`\\bgo\\s+func\\([^)]*\\)\\s*\\{[^}]*\\b${name}\\s*<-`);
  const waits = new RegExp(
    `(?<!\\bfor\\s*\\{\\s*)\\bselect\\s*\\{([^{}]|\\{[^{}]*\\})*<-\\s*${name}\\b([^{}]|\\{[^{}]*\\})*\\}`,
  ).exec(text)?.[0];
  return sends.test(text) && waits !== undefined && leaving.test(waits);
}

const leaving =
  /case\s*(_\s*=\s*)?<-\s*[\w.]*(time\.After\(|[dD]one\(\)|\w*[tT]imeout\b|\w*[tT]imer\.C)[^:]*:\s*[^:]*\breturn\b/;

/** `_, err := …` in an inner block, where the `err` that is asked for after the block is another one. */
function shadowsError(context: Context, node: number): boolean {
  const { tree } = context;
  if (!/^(\w+\s*,\s*)+err\s*:=\s/.test(tree.excerpt(node, 80))) return false;
  if (tree.fieldName(node) === 'initializer') return false;
  const unit = unitOf(context, node);
  const own = statementAround(tree, node);
  const top = unit === null ? -1 : outermost(tree, own, unit.body);
  if (top < 0 || top === own || !/^(for|if|switch)\b/.test(tree.excerpt(top, 8))) return false;
  // The error of the inner scope is told there.
  const inner = following(tree, own, 12)
    .map((one) => tree.excerpt(one, 600))
    .join('\n');
  // What is kept of it under the same name is lost, too.
  const isKept = /\berr == nil \{[^}]*\berr = /.test(inner);
  if (!(isKept || /\berr\s*!=\s*nil\b/.test(inner)) || told.test(inner)) return false;
  return isSettledBefore(tree, top) && isAskedAfter(tree, top);
}

const told =
  /\breturn\b|\bpanic\(|[lL]og|[eE]rrorf?\(|[Pp]rint|errs?\s*=\s*append|\(\s*err\b|,\s*err\b|=\s*err\b/;

/** `conn, err := dial(other)` where the first try has failed: the second `conn` ends with the block, and the first is used. */
function shadowsResult({ tree }: Context, node: number): boolean {
  const name = /^(\w+), err := /.exec(tree.excerpt(node, 60))?.[1];
  const branch = tree.above(node, 'if', 'loop', 'function', 'closure');
  if (name === undefined || name === '_' || tree.fieldName(node) === 'initializer') return false;
  if (!tree.excerpt(branch, 20).startsWith('if err != nil {')) return false;
  const siblings = tree.namedChildren(tree.parentOf(branch));
  const before = siblings[siblings.indexOf(branch) - 1] ?? -1;
  const isTried = new RegExp(`^${name}, err :?= `).test(tree.excerpt(before, 80));
  const isUsed = new RegExp(`\\b${name}\\b`);
  return (
    before >= 0 &&
    isTried &&
    goesOnBehind(tree, branch) &&
    following(tree, branch, 12).some((one) => isUsed.test(tree.excerpt(one, 600)))
  );
}

/** A branch without another one, which does not leave the function or the turn of a loop at its end. */
function goesOnBehind(tree: SyntaxTree, branch: number): boolean {
  const last = statementsOf(tree, tree.field(branch, 'consequence')).at(-1) ?? -1;
  const leaves = /^(return|panic\(|continue|break|goto|(log|os)\.|t\.)/;
  return tree.field(branch, 'alternative') < 0 && !leaves.test(tree.excerpt(last, 20));
}

/** The statement of a function's own block that holds a node. */
function outermost(tree: SyntaxTree, node: number, body: number): number {
  let at = node;
  for (let up = tree.parentOf(at); up >= 0; at = up, up = tree.parentOf(up))
    if (up === body || (tree.type(up) === 'statement_list' && tree.parentOf(up) === body))
      return at;
  return -1;
}

/** The outer error has been looked at before the block. */
function isSettledBefore(tree: SyntaxTree, top: number): boolean {
  const siblings = tree.namedChildren(tree.parentOf(top));
  const before = siblings.slice(0, siblings.indexOf(top)).map((one) => tree.excerpt(one, 300));
  return (
    before.some((text) => text.startsWith('if err != nil {')) &&
    before.some((text) => /\berr\s*:=/.test(text))
  );
}

/** The first thing after the block that names the error reads it. */
function isAskedAfter(tree: SyntaxTree, top: number): boolean {
  const next = following(tree, top, 12)
    .map((one) => tree.excerpt(one, 300))
    .find((text) => /\berr\b/.test(text));
  return next !== undefined && /^(if err != nil\b|return\b[^\n]*\berr\b)/.test(next);
}

const guard =
  /^let\s+(?:mut\s+)?(\w+)\s*=\s*[\w.]+\.(?:lock|read|write)\(\)\s*\.(?:unwrap\(\)|expect\([^()]*\));?$/;

/** The first statement of the block that waits while a lock of the standard library is held, or -1. */
function waitsWithLock(context: Context, node: number): boolean {
  const { tree } = context;
  const name = guard.exec(flat(tree, node, 200))?.[1];
  const unit = unitOf(context, node);
  if (name === undefined || unit === null) return false;
  const around = tree.source.slice(tree.start[unit.node], tree.start[node]);
  if (
    !/\basync\b/.test(headerText(tree, unit.node)) &&
    !/\basync\s+(move\s*)?\{[^{}]*$/.test(around)
  )
    return false;
  for (const next of following(tree, node, 30)) {
    const text = tree.excerpt(next, 2_000);
    if (new RegExp(`\\bdrop\\(\\s*${name}\\s*\\)`).test(text)) return false;
    if (/\.await\b/.test(text)) return !/\b(spawn|async)\b/.test(text);
  }
  return false;
}

const held =
  /^let\s+(?:mut\s+)?(\w+)\s*=\s*([\w.]+)\.(?:(lock|write)\(\)\s*\.(?:unwrap\(\)|expect\([^()]*\))|(borrow_mut)\(\));?$/;

/** A lock that is held, or a cell that is borrowed, is asked for again in the same block. */
function takesTwice({ tree }: Context, node: number): boolean {
  const [, name = '', owner, lock] = held.exec(flat(tree, node, 200)) ?? [];
  if (owner === undefined || (name.startsWith('_') && name === '_')) return false;
  const word = owner.replaceAll('.', '\\.');
  const again = new RegExp(
    lock === undefined
      ? `(^|[^\\w.])${word}\\.borrow(_mut)?\\(\\)`
      : `(^|[^\\w.])${word}\\.(lock|write|read)\\(\\)`,
  );
  for (const next of following(tree, node, 12)) {
    const text = tree.excerpt(next, 1_000);
    if (new RegExp(`\\bdrop\\(\\s*${name}\\s*\\)|\\b${name}\\s*=[^=]|\\bmove\\b|\\|`).test(text))
      return false;
    if (again.test(text)) return true;
  }
  return false;
}

/** `mu.Lock()` twice in a row of statements, with no `Unlock` between. */
function locksTwice({ tree }: Context, node: number): boolean {
  const text = flat(tree, node, 100);
  const name = /^([\w.]+?)(\.|->)([lL]ock)\(\)$/.exec(text)?.[1];
  if (name === undefined || !isStatementCall(tree, node)) return false;
  const word = name.replaceAll('.', '\\.');
  for (const next of following(tree, statementAround(tree, node), 12)) {
    const after = tree.excerpt(next, 1_000);
    if (flat(tree, next, 100).replace(/;$/, '') === text) return true;
    if (new RegExp(`${word}(\\.|->)[uU]nlock\\b`).test(after) && !/^defer\b/.test(after))
      return false;
  }
  return false;
}

/** Variables, channels, errors and locks that threads share. */
export const concurrencyDetectors: Detector[] = [
  {
    rule: 'locked-twice',
    kinds: ['declarator'],
    needs: /\.(lock|write|borrow_mut)\(\)/,
    test: takesTwice,
  },
  { rule: 'locked-twice', kinds: ['call'], method: /^[lL]ock$/, test: locksTwice },
  {
    rule: 'mutable-static',
    kinds: ['declarator'],
    test: ({ tree }, node) =>
      /^(pub(\([^)]*\))?\s+)?static\s+mut\s/.test(tree.excerpt(node, 40)) &&
      !/\bAtomic\w+|\bOnce\b|\bno_std\b/.test(tree.source),
  },
  {
    rule: 'unguarded-write',
    kinds: ['assignment', 'augmented'],
    needs: /\bgo func\b/,
    test: writesUnguarded,
  },
  { rule: 'stuck-sender', kinds: ['assignment'], needs: /\bselect\s*\{/, test: sticksInSending },
  { rule: 'shadowed-error', kinds: ['assignment'], needs: /\berr\s*:=/, test: shadowsError },
  { rule: 'shadowed-result', kinds: ['assignment'], needs: /, err := /, test: shadowsResult },
  {
    rule: 'lock-over-await',
    kinds: ['type:let_declaration', 'declarator'],
    needs: /\.await\b/,
    test: waitsWithLock,
  },
];
