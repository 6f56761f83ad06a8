import type { Parser, Tree } from 'web-tree-sitter';
import { boundedParse } from './bounded-parse.ts';
import { respelled } from './grammar-limits.ts';
import { languageTables } from './languages/tables.ts';
import type { LanguageTable } from './languages/language-table.ts';
import type { Grammars } from './grammars.ts';
import { withoutLongComments } from './long-comments.ts';
import { joinLines } from './join-lines.ts';
import { SyntaxTree } from './syntax-tree.ts';

/** The WebAssembly module of this thread is dead: the worker has to be replaced. */
class WasmAborted extends Error {
  override readonly name = 'WasmAborted';
}

const plain: LanguageTable = {
  language: 'python',
  grammar: '',
  kinds: { comment: 'comment' },
  statements: '',
  logical: '',
  closuresAreUnits: false,
  builtins: '',
  visibility: 'underscore',
};

/** Table of a language; languages without one get a table that knows comments only. */
function tableOf(language: string): LanguageTable {
  return Object.hasOwn(languageTables, language)
    ? languageTables[language as keyof typeof languageTables]
    : plain;
}

/**
 * Parses a text into a plain tree, or null when there is no grammar or the budget ran out.
 * @throws WasmAborted when the parser's memory is exhausted
 */
export function parseSource(
  source: string,
  language: string,
  grammars: Grammars,
): SyntaxTree | null {
  const parser = grammars.parser(language);
  if (parser === null) return null;
  try {
    const readable = language === 'python' ? withoutLongComments(source) : source;
    const tree = readAsMeant(parser, readable, language);
    if (tree === null) return null;
    try {
      return joinLines(new SyntaxTree(tree, source, tableOf(language)));
    } finally {
      tree.delete();
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'RuntimeError') {
      throw new WasmAborted('the parser ran out of memory', { cause: error });
    }
    throw error;
  }
}

/** A text with errors is read again, respelled for the grammar, and the better reading is taken. */
function readAsMeant(parser: Parser, text: string, language: string): Tree | null {
  const tree = boundedParse(parser, text);
  const isTyped = language === 'typescript' || language === 'tsx';
  if (tree === null || !isTyped || !tree.rootNode.hasError) return tree;
  const other = respelled(text);
  const again = isSameAround(tree, text, other) ? null : boundedParse(parser, other);
  if (again === null) return tree;
  const isBetter = !again.rootNode.hasError || errorsIn(again) < errorsIn(tree);
  (isBetter ? tree : again).delete();
  return isBetter ? again : tree;
}

/** What was respelled is not near an error: not in a statement that has one, nor in one beside it. */
function isSameAround(tree: Tree, text: string, other: string): boolean {
  if (other === text) return true;
  if (tree.rootNode.isError) return false;
  const statements = tree.rootNode.children;
  return statements.every((statement, at) => {
    if (!statement.hasError) return true;
    const from = statements[at - 1]?.startIndex ?? 0;
    const to = statements[at + 1]?.endIndex ?? text.length;
    return text.slice(from, to) === other.slice(from, to);
  });
}

/** Error nodes outside of one another, at most a thousand, over nodes that are visited once. */
function errorsIn(tree: Tree): number {
  const cursor = tree.walk();
  let errors = 0;
  try {
    for (let going = true; going && errors < 1_000;) {
      const node = cursor.currentNode;
      const isError = node.isError || node.isMissing;
      errors += isError ? 1 : 0;
      if (!isError && node.hasError && cursor.gotoFirstChild()) continue;
      while (going && !cursor.gotoNextSibling()) going = cursor.gotoParent();
    }
  } finally {
    cursor.delete();
  }
  return errors;
}

/** Share of characters under syntax errors, 0 to 1; a missing token counts as one character. */
export function errorShareOf(tree: SyntaxTree): number {
  let broken = tree.missing.length;
  for (let node = 0; node < tree.size;) {
    if (tree.isError(node)) {
      broken += (tree.stop[node] ?? 0) - (tree.start[node] ?? 0);
      node = tree.endOf(node);
    } else {
      node += 1;
    }
  }
  return tree.source.length === 0 ? 0 : Math.min(1, broken / tree.source.length);
}
