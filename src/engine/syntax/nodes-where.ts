import type { Kind, LanguageTable } from './languages/language-table.ts';
import type { SyntaxTree } from './syntax-tree.ts';

type NodesWhere = (tree: SyntaxTree, from?: number, to?: number) => Int32Array;

/**
 * The nodes of some kinds or types in source order, of a tree or of the run `from … to - 1`. What is meant is asked once
 * for each type of a grammar, so that a walk over all nodes costs one look-up a node.
 */
export function nodesWhere(
  isMeant: (kind: Kind | undefined, type: string, table: LanguageTable) => boolean,
): NodesWhere {
  const byGrammar = new WeakMap<object, Uint8Array>();
  return (tree, from = 0, to = tree.size) => {
    const { grammar, typeNumbers } = tree;
    let meant = byGrammar.get(grammar);
    if (meant === undefined) {
      meant = Uint8Array.from(grammar.types, (type, id) =>
        Number(isMeant(grammar.kinds[id], type, grammar.table)),
      );
      byGrammar.set(grammar, meant);
    }
    let size = 0;
    for (let node = from; node < to; node += 1) size += meant[typeNumbers[node]!]!;
    const found = new Int32Array(size);
    for (let node = from, at = 0; at < size; node += 1)
      if (meant[typeNumbers[node]!] === 1) found[at++] = node;
    return found;
  };
}

/** The nodes of some kinds. */
export function nodesOf(...kinds: readonly Kind[]): NodesWhere {
  return nodesWhere((kind) => kind !== undefined && kinds.includes(kind));
}
