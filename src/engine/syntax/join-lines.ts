import type { Kind } from './languages/language-table.ts';
import { oncePerType } from './once-per-type.ts';
import type { SyntaxTree } from './syntax-tree.ts';

/** What begins on a line of its own wherever it stands. */
const standAlone = new Set<Kind | undefined>([
  'function',
  'class',
  'field',
  'block',
  'elif',
  'else',
  'case',
  'default',
  'catch',
  'finally',
  'import',
  'comment',
]);

/** What holds such. */
const holders =
  /^preproc|body|block|declaration_list|object_type|^(program|source_file|module|translation_unit|compilation_unit|jsx_\w+|decorated_definition)$/;

const isHolder = oncePerType(
  (tree, node) =>
    tree.kind(node) === 'block' ||
    tree.kind(node) === 'string' ||
    tree.kind(node) === 'comment' ||
    holders.test(tree.type(node)),
);

const isMark = oncePerType((tree, node) =>
  /decorator|annotation|attribute_(list|item)/.test(tree.type(node)),
);

const isAlone = oncePerType(
  (tree, node) => standAlone.has(tree.kind(node)) || tree.isStatement(node) || isMark(tree, node),
);

/** A part of a text that is left out, and what stands for it. */
interface Cut {
  from: number;
  to: number;
  instead: string;
}

/**
 * Puts each statement of a tree's source on one line, as if nobody had broken it: where people break lines is layout, so
 * no text of code may tell of it. Comments, texts and blocks stay as they are.
 */
export function joinLines(tree: SyntaxTree): SyntaxTree {
  cutOut(tree, cutsIn(tree, tree.source));
  return tree;
}

/**
 * Takes the comments out of a tree's source, with the line breaks within a statement that they stood at: what is said
 * beside code does not change what the code does. The nodes of comments stay, with nothing in them.
 */
export function leaveOutComments(tree: SyntaxTree): void {
  const cuts = commentCuts(tree);
  cutOut(tree, cuts);
  // Texts of calls and the like may have been asked for with a comment in them.
  if (cuts.some(({ instead }) => !instead.includes('\n'))) tree.answers.clear();
}

/** @param cuts in source order, none of which touches another */
function cutOut(tree: SyntaxTree, cuts: readonly Cut[]): void {
  if (cuts.length === 0) return;
  const { source } = tree;
  const at = new Int32Array(source.length + 1);
  const parts: string[] = [];
  let [read, written] = [0, 0];
  for (const { from, to, instead } of [
    ...cuts,
    { from: source.length, to: source.length, instead: '' },
  ]) {
    parts.push(source.slice(read, from), instead);
    for (let offset = read; offset <= from; offset += 1) at[offset] = written + offset - read;
    written += from - read + instead.length;
    at.fill(written, from + 1, to + 1);
    read = to;
  }
  tree.replaceSource(parts.join(''), at);
}

function cutsIn(tree: SyntaxTree, source: string): Cut[] {
  const cuts: Cut[] = [];
  let last = -1;
  for (let leaf = 0; leaf < tree.size; leaf += 1) {
    if (!tree.isLeaf(leaf) || tree.start[leaf] === tree.stop[leaf]) continue;
    const [from, to] = [last < 0 ? 0 : tree.stop[last]!, tree.start[leaf]!];
    if (last >= 0 && isBreak(source, from, to) && isWithinStatement(tree, last, leaf))
      cuts.push(cutOf(source, from, to));
    last = leaf;
  }
  return cuts;
}

/** One cut for all that stands between two tokens of code, where that holds a comment. */
function commentCuts(tree: SyntaxTree): Cut[] {
  const cuts: Cut[] = [];
  let last = -1;
  let blanks = '';
  let read = 0;
  let holdsComment = false;
  const close = (next: number, to: number): void => {
    if (holdsComment) cuts.push(gapCut(tree, [last, next], blanks + tree.source.slice(read, to)));
    [blanks, holdsComment] = ['', false];
  };
  for (let node = 0; node < tree.size; node += 1) {
    const [start, stop] = [tree.start[node]!, tree.stop[node]!];
    if (tree.kind(node) === 'comment') {
      // The line break after a comment is a part of it in some grammars.
      blanks += tree.source.slice(read, start) + (tree.source[stop - 1] === '\n' ? '\n' : '');
      holdsComment = true;
      node = tree.endOf(node) - 1;
    } else if (tree.isLeaf(node) && start !== stop) {
      close(node, start);
      last = node;
    } else continue;
    read = stop;
  }
  close(-1, tree.source.length);
  return cuts;
}

/** @param last token before what is left out, or -1; @param next token after it, or -1; @param blanks beside the comments */
function gapCut(
  tree: SyntaxTree,
  [last, next]: readonly [last: number, next: number],
  blanks: string,
): Cut {
  const from = last < 0 ? 0 : tree.stop[last]!;
  const to = next < 0 ? tree.source.length : tree.start[next]!;
  const isOneStatement = last >= 0 && next >= 0 && isWithinStatement(tree, last, next);
  const lineBreak = blanks.lastIndexOf('\n');
  if (isOneStatement || lineBreak < 0) return cutOf(tree.source, from, to);
  const isApart = /\n[ \t\r]*\n/.test(tree.source.slice(from, to));
  return { from, to, instead: (isApart ? '\n' : '') + blanks.slice(lineBreak) };
}

/** Whether nothing but blanks stands between two tokens, and a line ends there. */
function isBreak(source: string, from: number, to: number): boolean {
  let breaks = false;
  for (let at = from; at < to; at += 1) {
    const code = source.charCodeAt(at);
    if (code === 10) breaks = true;
    else if (code !== 32 && code !== 9 && code !== 13) return false;
  }
  return breaks;
}

/** Whether what begins with the second of two tokens goes on with what the first one is of. */
function isWithinStatement(tree: SyntaxTree, last: number, next: number): boolean {
  const to = tree.start[next];
  let first = next;
  let parent = tree.parentOf(next);
  for (; parent >= 0 && tree.start[parent] === to; parent = tree.parentOf(parent)) first = parent;
  if (parent < 0 || isHolder(tree, parent)) return false;
  if (isAlone(tree, first) && !isBraced(tree, first)) return false;
  let previous = last;
  while (tree.parentOf(previous) > parent) previous = tree.parentOf(previous);
  return (
    !isMark(tree, previous) && tree.kind(last) !== 'comment' && mayJoin(tree, parent, last, next)
  );
}

/** The brace after a head may stand on a line of its own. */
function isBraced(tree: SyntaxTree, node: number): boolean {
  return tree.kind(node) === 'block' && tree.source.charAt(tree.start[node]!) === '{';
}

/** Braces that hold statements do not, and in Ruby nothing does that has no brackets and goes on with no dot. */
function mayJoin(tree: SyntaxTree, parent: number, last: number, next: number): boolean {
  const opening = tree.source.charAt(tree.start[parent]!);
  const [before, after] = [last, next].map((leaf) => tree.source.charAt(tree.start[leaf]!));
  if (before === '{' || after === '}') return opening === '{' && tree.type(parent) !== 'token_tree';
  if (tree.table.language !== 'ruby') return true;
  return after === '.' || after === '&' || /[([{]/.test(opening);
}

const isTightAfter = /[([]$/;
const isTightBefore = /^([)\].,;]|\?\.|->|::)/;

function cutOf(source: string, from: number, to: number): Cut {
  const [before, after] = [source.charAt(from - 1), source.slice(to, to + 2)];
  // The comma after the last of several is there for those who write one on each line.
  if (before === ',' && /^[)\]}]/.test(after))
    return { from: from - 1, to, instead: after.startsWith('}') ? ' ' : '' };
  const isTight = isTightAfter.test(before) || isTightBefore.test(after);
  return { from, to, instead: isTight ? '' : ' ' };
}
