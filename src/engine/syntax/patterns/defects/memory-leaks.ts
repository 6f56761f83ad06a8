import { fullName } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { unitOf, type Context } from '../context.ts';
import { withoutComments } from '../without-comments.ts';
import { bindingsOf, typeOf } from './name-index.ts';
import { unitText } from './shapes.ts';

/** The name that a `new` or `malloc` is bound to as a plain pointer of the function, or null. */
function ownerOf({ tree }: Context, node: number): string | null {
  let at = tree.parentOf(node);
  if (at >= 0 && /cast/.test(tree.type(at))) at = tree.parentOf(at);
  const kind = at < 0 ? undefined : tree.kind(at);
  if (kind !== 'declarator' && kind !== 'assignment') return null;
  const target = tree.field(at, 'declarator', 'left', 'name');
  // `*result = new …` gives it to whoever called.
  if (kind === 'assignment' && tree.excerpt(target < 0 ? at : target, 1) === '*') return null;
  const text = target < 0 ? '' : tree.text(target).replaceAll(/[*\s]/g, '');
  return /^\w+$/.test(text) ? text : null;
}

/** Functions of the C library that only read what they are handed, and give no pointer. */
const reading =
  /\b(strlen|strn?cmp|memcmp|v?f?printf|puts|fputs|atoi|atol|sscanf|memset|isalpha|isdigit)\([^()]*\)/g;

/** Memory that is taken, used through its pointer only, and never given back. */
export function leaks(context: Context, node: number): boolean {
  const { tree } = context;
  if (tree.kind(node) === 'call' && !/^(std\.)?(malloc|calloc|strdup)$/.test(fullName(tree, node)))
    return false;
  const name = ownerOf(context, node);
  if (name === null || unitOf(context, node) === null) return false;
  const [binding] = bindingsOf(context, node, name);
  if (binding === undefined || !isLocal(context, node, name)) return false;
  const text = withoutComments(unitText(context, node)).replaceAll(reading, '');
  const freed = new RegExp(`\\bdelete\\s*(\\[\\s*\\])?\\s*${name}\\b|\\bfree\\(\\s*${name}\\b`);
  if (freed.test(text)) return leavesBeforeFree(context, node, name);
  const handed = new RegExp(
    `\\breturn\\b[^;]*\\b${name}\\b(?!\\s*(->|\\[|\\.))|[(,{]\\s*(\\([^()]*\\)\\s*)?${name}\\s*[,)}]|[^=!<>]=\\s*(\\([^()]*\\)\\s*)?${name}\\s*[;,]|\\*?&\\s*${name}\\b|\\bco_return\\b|<<\\s*${name}\\b|\\[[^\\]]*&?=?[^\\]]*\\]\\s*\\(`,
  );
  return !handed.test(text) || leavesBeforeGiven(context, node, name);
}

function isLocal(context: Context, node: number, name: string): boolean {
  const { tree } = context;
  const at = tree.above(node, 'declarator', 'assignment');
  if (tree.kind(at) === 'declarator')
    return !/^\s*static\b/.test(tree.excerpt(tree.parentOf(at), 8));
  const isOwn = new RegExp(`[\\w>]\\s*\\*+\\s*${name}\\s*[;=,]`).test(unitText(context, node));
  return isOwn && typeOf(context, node, name)?.endsWith('*') === true;
}

/** Nodes after an allocation that are looked at. */
const reach = 2_000;

/** Calls and deletions in a stretch of nodes whose text says that something is given back. */
function releasesIn(
  tree: SyntaxTree,
  [from, end]: readonly [from: number, end: number],
  frees: RegExp,
): number[] {
  const places: number[] = [];
  for (let at = from; at < end; at += 1)
    if (
      /^(delete_expression|call_expression)$/.test(tree.type(at)) &&
      frees.test(tree.excerpt(at, 80))
    )
      places.push(at);
  return places;
}

/** A `return` between the allocation and its release, not right after a check that there is none. */
function leavesBeforeFree(
  { tree, units }: Context,
  node: number,
  name: string,
  frees = new RegExp(`^(delete\\s*(\\[\\s*\\])?\\s*${name}\\b|free\\(\\s*${name}\\b)`),
): boolean {
  const unit = units.list[units.of[node] ?? -1];
  if (unit === undefined) return false;
  const end = Math.min(tree.endOf(unit.node), node + reach);
  const places = releasesIn(tree, [node, end], frees);
  const last = places.at(-1) ?? -1;
  for (let at = node; at < last; at += 1)
    if (tree.kind(at) === 'return' && leavesWith(tree, at, name)) {
      const block = tree.above(at, 'if', 'loop', 'function');
      // Given back on all ways before.
      if (!places.some((one) => one < at && tree.above(one, 'if', 'loop', 'function') !== block))
        return true;
    }
  return false;
}

/** What is given back to the caller in the end, with a way out before that gives or frees nothing. */
function leavesBeforeGiven(context: Context, node: number, name: string): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  if (unit === null || tree.kind(node) !== 'call') return false;
  const last = tree.namedChildren(unit.body).findLast((one) => tree.kind(one) !== 'comment') ?? -1;
  if (
    tree.kind(last) !== 'return' ||
    !new RegExp(`^return\\s+${name}\\s*;`).test(tree.excerpt(last, 60))
  )
    return false;
  const handed = new RegExp(`[(,]\\s*${name}\\s*[,)]|=\\s*${name}\\s*;|&\\s*${name}\\b`);
  for (let at = tree.endOf(node); at < last; at += 1) {
    if (tree.kind(at) !== 'return' || !leavesWith(tree, at, name)) continue;
    const between = tree.source
      .slice(tree.stop[node], tree.start[at])
      .replaceAll(/\bif\s*\([^{;]*\)/g, '');
    return !handed.test(between) && !/\b(goto|setjmp)\b/.test(between);
  }
  return false;
}

/** A file that is closed in the end, with a way out before that leaves it open. */
export function leavesFileOpen(context: Context, node: number): boolean {
  const name = ownerOf(context, node);
  if (name === null) return false;
  const closing = new RegExp(`^(std::)?(fclose|pclose|closedir)\\(\\s*${name}\\s*\\)`);
  return leavesBeforeFree(context, node, name, closing);
}

/** What reads from a file or a list, and neither gives it back nor asks whether it is there. */
function readingOf(name: string): RegExp {
  return new RegExp(
    `\\b(fscanf|fgets|fgetc|getc|fread|fwrite|fprintf|fputs|fputc|ferror|feof|fseek|ftell|getline|sscanf|strn?cmp|memcmp|strlen|atoi)\\([^()]*\\b${name}\\b[^()]*\\)|(?<![&\\w>.])${name}\\[[^\\]]*\\](?=\\s*[!=<>]=?[^=])`,
    'g',
  );
}

/** Leaves from an `if` that says nothing of the name and does not give it back. */
function leavesWith(tree: SyntaxTree, node: number, name: string): boolean {
  const word = new RegExp(`\\b${name}\\b`);
  const block = tree.parentOf(node);
  const holder = tree.kind(block) === 'block' ? tree.parentOf(block) : block;
  if (tree.kind(holder) !== 'if' || word.test(tree.excerpt(node, 200))) return false;
  const read = readingOf(name);
  for (let up = holder; tree.kind(up) === 'if'; up = tree.above(up, 'if', 'loop', 'function'))
    if (word.test(tree.excerpt(up, 1_000).replaceAll(read, ''))) return false;
  return true;
}
