import type { FileFacts, FunctionFacts } from '../facts.ts';
import type { FunctionNode, ReferenceGraph } from './reference-graph.ts';

/** Union of what names what, whichever way round; methods of a class hang together by the fields they work on. */
export function groups(
  { nodes, functions, members }: ReferenceGraph,
  files: readonly FileFacts[],
): (fn: FunctionFacts) => number {
  const index = new Map(nodes.map(({ fn }, at) => [fn, at]));
  const sets = disjointSets(nodes.length);
  const at = ({ fn }: FunctionNode): number => index.get(fn) ?? 0;
  const together = new Set<string>();
  const join = (from: number, key: string, list: readonly FunctionNode[]): void => {
    const [first] = list;
    if (!first) return;
    sets.join(from, at(first));
    if (together.has(key)) return;
    together.add(key);
    for (const node of list) sets.join(at(node), at(first));
  };
  const made = new Map(
    [...members].map(([owner, list]) => [
      owner,
      list.filter(({ fn }) => fn.kind === 'constructor'),
    ]),
  );
  for (const [from, { fn, around }] of nodes.entries()) {
    if (around) sets.join(from, at(around));
    for (const name of fn.mentions) {
      join(from, name, functions.get(name) ?? []);
      join(from, `new ${name}`, made.get(name) ?? []);
    }
  }
  for (const { name, fieldAccess } of files.flatMap((file) => file.classes)) {
    const fieldsOf = new Map(Object.entries(fieldAccess));
    const touching = members.get(name)?.filter(({ fn }) => fieldsOf.get(fn.name)?.length);
    const first = touching?.[0];
    if (first && touching) join(at(first), `fields ${name}`, touching);
  }
  return (fn) => sets.find(index.get(fn) ?? 0);
}

function disjointSets(size: number) {
  const parent = Array.from({ length: size }, (_, at) => at);
  const find = (from: number): number => {
    let root = from;
    while ((parent[root] ?? root) !== root) root = parent[root] ?? root;
    for (let step = from; step !== root;) {
      const next = parent[step] ?? root;
      parent[step] = root;
      step = next;
    }
    return root;
  };
  return {
    find,
    join: (a: number, b: number): void => {
      parent[find(a)] = find(b);
    },
  };
}
