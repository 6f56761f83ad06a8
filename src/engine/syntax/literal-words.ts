import { nodesWhere } from './nodes-where.ts';
import type { SyntaxTree } from './syntax-tree.ts';

/** Words kept per file, and characters of a literal that are read. */
const limits = { words: 5_000, characters: 400 };

const literalsOf = nodesWhere(
  (kind, type) => kind === 'string' || kind === 'number' || type === 'regex',
);

/** Words and long numbers in the literals of a file, sorted by code point. */
export function literalWordsOf(tree: SyntaxTree): string[] {
  const words = new Set<string>();
  for (const node of literalsOf(tree)) {
    // `'a' 'b'` holds literals of its own.
    for (const word of wordsOfLiteral(tree.excerpt(node, limits.characters))) words.add(word);
    if (words.size > limits.words) break;
  }
  return [...words].sort().slice(0, limits.words);
}

/** `bytes` and `499` of `'bytes=0-499'`: what is too short to be told from chance is left out. */
export function wordsOfLiteral(literal: string): string[] {
  if (literal.length < 3) return [];
  return literal.toLowerCase().match(/\p{L}{3,}|\d{3,}/gu) ?? [];
}
