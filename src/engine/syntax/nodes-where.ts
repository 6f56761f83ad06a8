import type { Kind, LanguageTable } from './languages/language-table.ts';
import type { SyntaxTree } from './syntax-tree.ts';

type NodesWhere = (tree: SyntaxTree, from?: number, to?: number) => Int32Array;

/** Types of a grammar that are meant: by number, and as a list. */
interface Meant {
  flags: Uint8Array;
  types: readonly number[];
}

/**
 * The nodes of some kinds or types in source order, of a tree or of the run `from … to - 1`. What is meant is asked once
 * for each type of a grammar, so that a walk over all nodes costs one look-up a node; rare ones are found without a walk.
 */
export function nodesWhere(
  isMeant: (kind: Kind | undefined, type: string, table: LanguageTable) => boolean,
): NodesWhere {
  const byGrammar = new WeakMap<object, Meant>();
  return (tree, from = 0, to = tree.size) => {
    const { grammar } = tree;
    let meant = byGrammar.get(grammar);
    if (meant === undefined) {
      const flags = Uint8Array.from(grammar.types, (type, id) =>
        Number(isMeant(grammar.kinds[id], type, grammar.table)),
      );
      const types = [...flags.keys()].filter((id) => flags[id] === 1);
      byGrammar.set(grammar, (meant = { flags, types }));
    }
    const isWhole = from === 0 && to === tree.size;
    return (isWhole ? gathered(tree, meant) : null) ?? walked(tree, meant, from, to);
  };
}

function walked(
  { typeNumbers }: SyntaxTree,
  { flags }: Meant,
  from: number,
  to: number,
): Int32Array {
  let size = 0;
  for (let node = from; node < to; node += 1) size += flags[typeNumbers[node]!]!;
  const found = new Int32Array(size);
  for (let node = from, at = 0; at < size; node += 1)
    if (flags[typeNumbers[node]!] === 1) found[at++] = node;
  return found;
}

/** Of so many nodes one is meant, or else it is as quick to look at all as to put those of some types in order. */
const rare = 16;

function gathered(tree: SyntaxTree, { types }: Meant): Int32Array | null {
  const { nodes, first } = tree.byType();
  const there = types.filter((type) => first[type + 1]! > first[type]!);
  let size = 0;
  for (const type of there) size += first[type + 1]! - first[type]!;
  if (size * rare > tree.size) return null;
  const found = new Int32Array(size);
  let at = 0;
  for (const type of there)
    for (let next = first[type]!; next < first[type + 1]!; next += 1) found[at++] = nodes[next]!;
  // Those of one type are in order.
  return there.length > 1 ? found.sort() : found;
}

/** The nodes of some kinds. */
export function nodesOf(...kinds: readonly Kind[]): NodesWhere {
  return nodesWhere((kind) => kind !== undefined && kinds.includes(kind));
}
