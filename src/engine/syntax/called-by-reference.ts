import type { CallFacts } from '../call-facts.ts';
import type { SyntaxTree } from './syntax-tree.ts';

const references = new Set(['method_reference', 'block_argument']);

/** Whether a node hands a method to whoever calls it. */
export function isReference(type: string): boolean {
  return references.has(type);
}

/** What is called through a reference: `service::create` of Java, `&:save` of Ruby; null for any other node. */
export function calledByReference(tree: SyntaxTree, node: number): CallFacts | null {
  const text = tree.excerpt(node, 120);
  const [, qualifier, name] = /^(?:(.*)::\s*|&:)([A-Za-z_]\w*[?!]?)$/s.exec(text) ?? [];
  if (name === undefined) return null;
  const made = name === 'new' ? /([A-Z]\w*)$/.exec(qualifier ?? '')?.[1] : undefined;
  // What a block is called on is not told.
  return {
    name: made ?? name,
    qualifier: made === undefined ? (qualifier ?? 'it') : null,
    line: tree.startLine(node),
    arguments: 1,
  };
}
