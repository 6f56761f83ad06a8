import type { Call } from './calls.ts';
import type { SyntaxTree } from './syntax-tree.ts';

/** Codes that C gives back where others throw. */
const codes = /^return\s*\(?\s*(-\s*\d+|-E[A-Z]+|EXIT_FAILURE|\w*(ERR|ERROR|FAIL)\w*)\s*\)?\s*;$/;

/** An error that is made here or has a name of its own; `%w` hands another one on. */
const made =
  /\berrors\.New\(|\bfmt\.Errorf\((?![^\n]*%w)|(?:,|^return)\s*(?:\w+\.)?Err[A-Z]\w*\s*$|(?:,|^return)\s*&?(?:\w+\.)?\w+Error\{/;

/** Whether a function stops here with an error of its own, where errors are values. */
export function returnsError(tree: SyntaxTree, node: number): boolean {
  const { language } = tree.table;
  if (language === 'go') return made.test(tree.excerpt(node, 300));
  // At the end of a search -1 is the answer.
  return (
    language === 'cpp' &&
    codes.test(tree.excerpt(node, 60)) &&
    tree.kind(tree.above(node, 'if', 'function')) === 'if'
  );
}

/** Rust: `Err(Error::Scheme(…))`, and no `Err(e)` that hands another one on. */
export function makesError(tree: SyntaxTree, node: number, { name, qualifier }: Call): boolean {
  if (tree.table.language !== 'rust' || qualifier !== null) return false;
  if (name === 'bail' || name === 'ensure') return true;
  return name === 'Err' && /^Err\(\s*(?:["&]|[\w:]+\s*(?:::|[({!]))/.test(tree.excerpt(node, 80));
}
