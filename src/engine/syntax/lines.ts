import type { Kind } from './languages/language-table.ts';
import { isSeparator } from './tokens.ts';
import type { SyntaxTree } from './syntax-tree.ts';

/** Which lines hold code and which hold comments, and how many statements start where. */
export interface LineUse {
  /** Running count of code lines: `code[b] - code[a - 1]` are the code lines of a…b. */
  code: Int32Array;
  commentLines: number;
  /** 1 where a statement begins, by node. */
  statements: Uint8Array;
  statementCount: number;
}

/** One pass over the leaves. @param said 1 where a comment is, by node: docstrings are comments too */
export function lineUseOf(tree: SyntaxTree, lineCount: number, said: Uint8Array): LineUse {
  const code = new Uint8Array(lineCount + 2);
  const comments = new Uint8Array(lineCount + 2);
  const statements = new Uint8Array(tree.size);
  let statementCount = 0;
  for (let node = 0; node < tree.size;) {
    if (said[node] === 1) {
      mark(tree, node, comments);
      node = tree.endOf(node);
      continue;
    }
    if (isStatement(tree, node)) {
      statements[node] = 1;
      statementCount += 1;
    }
    if (isCode(tree, node)) mark(tree, node, code);
    node += 1;
  }
  return {
    code: runningSum(code),
    commentLines: onlyIn(comments, code),
    statements,
    statementCount,
  };
}

/** Brackets and separators alone make no line of code: where they stand is a matter of layout. */
function isCode(tree: SyntaxTree, node: number): boolean {
  if (tree.kind(node) === 'string') return true;
  return tree.isLeaf(node) && !isSeparator(tree, node);
}

function runningSum(flags: Uint8Array): Int32Array {
  const running = new Int32Array(flags.length);
  for (let line = 1; line < flags.length; line += 1)
    running[line] = (running[line - 1] ?? 0) + (flags[line] ?? 0);
  return running;
}

function onlyIn(comments: Uint8Array, code: Uint8Array): number {
  let count = 0;
  comments.forEach((flag, line) => (count += flag === 1 && code[line] !== 1 ? 1 : 0));
  return count;
}

/** Code lines from one line to another, both inclusive. */
export function codeLines(use: LineUse, startLine: number, endLine: number): number {
  return (use.code[endLine] ?? 0) - (use.code[startLine - 1] ?? 0);
}

function mark(tree: SyntaxTree, node: number, lines: Uint8Array): void {
  if (tree.start[node] === tree.stop[node]) return;
  const last = tree.endLine(node);
  for (let line = tree.startLine(node); line <= last; line += 1) lines[line] = 1;
}

const notStatements = new Set<Kind | undefined>(['catch', 'finally', 'else', 'function', 'class']);

/** Ruby has no statement nodes: whatever stands in a body is one. Rust's closing expression too. */
function isStatement(tree: SyntaxTree, node: number): boolean {
  if (tree.isStatement(node)) return true;
  const language = tree.table.language;
  if (language !== 'ruby' && language !== 'rust') return false;
  const parent = tree.parentOf(node);
  if (parent < 0 || !tree.named(node) || tree.kind(node) === 'comment') return false;
  if (language === 'ruby')
    return tree.kind(parent) === 'block' && !notStatements.has(tree.kind(node));
  return tree.kind(parent) === 'block' && /expression|identifier|literal/.test(tree.type(node));
}
