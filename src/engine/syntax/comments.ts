import type { CommentFacts } from '../facts.ts';
import { nodesOf, nodesWhere } from './nodes-where.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { prototypeName } from './tree-questions.ts';

/** A comment with its place; neighbouring line comments are one. */
export interface Comment extends CommentFacts {
  /** First node of it. */
  node: number;
  /** First node after it that is code, or -1: what a doc comment documents. */
  next: number;
}

const textLimit = 2_000;

/** All comments of a file, with Python's docstrings among them. */
export function findComments(tree: SyntaxTree): Comment[] {
  const found: Comment[] = [];
  let from = 0;
  for (const node of mayTell(tree)) {
    if (node < from) continue;
    if (tree.kind(node) === 'comment') {
      const last = joinRun(tree, node);
      found.push(commentAt(tree, node, last));
      from = tree.endOf(last);
    } else if (isDocstring(tree, node)) found.push(docstringAt(tree, node));
  }
  return found;
}

const mayTell = nodesWhere(
  (kind, _type, { language }) => kind === 'comment' || (kind === 'string' && language === 'python'),
);

/** 1 where a comment is, by node; docstrings are comments, although the grammar calls them strings. */
export function commentFlags(tree: SyntaxTree, comments: readonly Comment[]): Uint8Array {
  const flags = new Uint8Array(tree.size);
  for (const node of commentsOf(tree)) flags[node] = 1;
  for (const { node } of comments) flags[node] = 1;
  return flags;
}

const commentsOf = nodesOf('comment');

/** Line comments on neighbouring lines that stand alone are one comment. */
function joinRun(tree: SyntaxTree, first: number): number {
  let last = first;
  if (isBlock(tree, first) || !standsAlone(tree, first)) return last;
  for (;;) {
    const next = tree.endOf(last);
    if (next >= tree.size || tree.kind(next) !== 'comment' || isBlock(tree, next)) return last;
    if (tree.startLine(next) !== tree.endLine(last) + 1 || !sameMarker(tree, last, next))
      return last;
    last = next;
  }
}

function isBlock(tree: SyntaxTree, node: number): boolean {
  return /^(\/\*|=begin|<!--)/.test(tree.excerpt(node, 6));
}

function sameMarker(tree: SyntaxTree, a: number, b: number): boolean {
  return marker(tree, a) === marker(tree, b);
}

function marker(tree: SyntaxTree, node: number): string {
  return /^(\/\/[/!]?|#!?|--|;)/.exec(tree.excerpt(node, 3))?.[0] ?? '';
}

function standsAlone(tree: SyntaxTree, node: number): boolean {
  const start = tree.start[node] ?? 0;
  const from = tree.source.lastIndexOf('\n', start - 1) + 1;
  return start - from < 400 && tree.source.slice(from, start).trim() === '';
}

function commentAt(tree: SyntaxTree, first: number, last: number): Comment {
  const start = tree.start[first] ?? 0;
  const raw = tree.source.slice(start, Math.min(tree.stop[last] ?? 0, start + textLimit * 2));
  const text = stripMarkers(raw);
  const next = tree.endOf(last);
  const startLine = tree.startLine(first);
  return {
    node: first,
    next: next < tree.size ? next : -1,
    kind: kindOf(tree, first, raw, text, next),
    text,
    startLine,
    endLine: tree.endLine(last),
  };
}

/** Comment signs and the stars at the left edge taken off. */
function stripMarkers(raw: string): string {
  const inner = raw.replace(/^\s*(\/\*+!?|=begin|<!--)/, '').replace(/(\*+\/|=end|-->)\s*$/, '');
  return inner
    .split('\n')
    .map((line) => line.replace(/^\s*(\/\/[/!]*|#+!?|\*+(?!\w)|--+)?[ \t]?/, '').trimEnd())
    .join('\n')
    .trim()
    .slice(0, textLimit);
}

const directive =
  /^(eslint|oxlint|tslint|prettier-ignore|biome-ignore|@ts-|ts-ignore|noqa|type:\s*ignore|pylint:|pragma|nolint|go:\w|\+build|rubocop:|frozen_string_literal|encoding:|coding[:=]|-\*-|c8 ignore|istanbul|@formatter|NOSONAR|clang-format|phpcs|@phpstan|region\b|endregion\b|fmt:|mypy:|!\/)/i;
const licence =
  /copyright|licen[cs]ed? |spdx-license|all rights reserved|permission is hereby granted/i;

function kindOf(
  tree: SyntaxTree,
  first: number,
  raw: string,
  text: string,
  next: number,
): CommentFacts['kind'] {
  const line = tree.startLine(first);
  if (/^#!|^\/\/go:|^\/\/ \+build/.test(raw) || directive.test(text)) return 'directive';
  if (line <= 10 && licence.test(text)) return 'licence';
  if (/^(\/\*\*[^*/]|\/\*\*\n|\/\/\/(?!\/)|\/\/!|\/\*!)/.test(raw)) return 'doc';
  if (standsAlone(tree, first) && looksLikeCode(text)) return 'commented_out_code';
  return documentsDeclaration(tree, next, line, raw) ? 'doc' : 'comment';
}

const declarations = new Set(['function', 'class', 'namespace']);

/** Languages that document with plain comments right above the declaration. */
const plainDocs = new Set(['go', 'ruby', 'cpp']);

function documentsDeclaration(tree: SyntaxTree, next: number, line: number, raw: string): boolean {
  if (!plainDocs.has(tree.table.language) || next >= tree.size) return false;
  const lines = raw.split('\n').length;
  if (tree.startLine(next) !== line + lines) return false;
  const kind = tree.kind(next);
  if (kind !== undefined && declarations.has(kind)) return true;
  if (/^(field_)?declaration$/.test(tree.type(next))) return prototypeName(tree, next) !== null;
  return /^(package_clause|type_declaration|const_declaration|var_declaration|class|module)$/.test(
    tree.type(next),
  );
}

/** Endings and beginnings that prose does not have; one alone may be chance. */
const codeLine =
  /;\s*$|\)\s*\{\s*$|^\s*[})\]]+[;,]?\s*$|^\s*(if|for|while|elif|switch|match)\b.*[:{)]\s*$|^\s*(return|import|from|def|let|const|var|func|fn)\s+[\w({['"].*[=();:]|^\s*[\w.$@\]['"[]+\s*(=|\+=|-=|:=)\s*\S+|^\s*[\w.$]+\([^)]*\)\s*;?$|^\s*[\w.$:]+!?\($|^\s*\w+\.[\w.$]+,$|^\s*[\w.$]+\([^()]*\)(\.\w+\([^()]*\))+[;,]?$|^\s*(else|try|finally|begin|end|pass|break|continue)\s*[:{]?\s*$/;
const prose = /^\s*(todo|fixme|note|e\.g\.|i\.e\.|see|example|usage|@)/i;

/** Commented-out code: most of its lines have the shape of statements, and at least one is certain. */
function looksLikeCode(text: string): boolean {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0 || lines.length > 400 || prose.test(text)) return false;
  const found = lines.filter((line) => codeLine.test(line));
  // Closing brackets alone are fold marks or decoration.
  const hits = found.some((line) => /\w/.test(line)) ? found.length : 0;
  const wordy = lines.filter((line) => /(\b[a-z]+ ){4,}/i.test(line)).length;
  const needed = lines.length === 1 ? 1 : Math.max(2, lines.length * 0.6);
  return hits >= needed && wordy * 3 <= lines.length;
}

function isDocstring(tree: SyntaxTree, node: number): boolean {
  if (tree.table.language !== 'python' || tree.kind(node) !== 'string') return false;
  const statement = tree.parentOf(node);
  if (tree.type(statement) !== 'expression_statement' || tree.endOf(statement) !== tree.endOf(node))
    return false;
  const block = tree.parentOf(statement);
  if (!isFirst(tree, block, statement)) return false;
  const owner = tree.kind(block) === 'block' ? tree.kind(tree.parentOf(block)) : 'class';
  return owner === 'function' || owner === 'class';
}

/** Nothing but comments stands before it. */
function isFirst(tree: SyntaxTree, block: number, statement: number): boolean {
  let first = block + 1;
  while (first < statement && tree.kind(first) === 'comment') first = tree.endOf(first);
  return first === statement;
}

function docstringAt(tree: SyntaxTree, node: number): Comment {
  const text = tree
    .excerpt(node, textLimit)
    .replace(/^[rRbBuU]*("""|'''|"|')/, '')
    .replace(/("""|'''|"|')$/, '')
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .trim();
  const startLine = tree.startLine(node);
  return { node, next: -1, kind: 'doc', text, startLine, endLine: tree.endLine(node) };
}
