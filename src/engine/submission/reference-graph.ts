import type { ClassFacts, FileFacts, FunctionFacts, TopLevelFacts } from '../facts.ts';
import { pushTo } from '../multimap.ts';
import { importedFiles } from './dependencies.ts';

export interface FunctionNode {
  fn: FunctionFacts;
  file: FileFacts;
  /** The function that it stands in. */
  around: FunctionNode | null;
  inside: FunctionNode[];
  /** The statement outside of functions that it stands in. */
  holder: TopLevelFacts | null;
}

/** Functions and the statements outside of them, by the names under which they can be used. */
export interface ReferenceGraph {
  nodes: FunctionNode[];
  functions: Map<string, FunctionNode[]>;
  holders: Map<string, TopLevelFacts[]>;
  members: Map<string, FunctionNode[]>;
  closures: Map<TopLevelFacts, FunctionNode[]>;
  /** Classes of the submission. */
  declared: ReadonlySet<string>;
  /** Classes with a base that the submission does not declare: their methods may be called from there. */
  foreign: ReadonlySet<string>;
}

export function referenceGraph(files: readonly FileFacts[]): ReferenceGraph {
  const nodes = files.flatMap(nodesOf);
  const functions = new Map<string, FunctionNode[]>();
  const members = new Map<string, FunctionNode[]>();
  const holders = new Map<string, TopLevelFacts[]>();
  const closures = new Map<TopLevelFacts, FunctionNode[]>();
  for (const node of nodes) {
    pushTo(functions, plainName(node.fn), node);
    if (node.fn.owner !== null) pushTo(members, node.fn.owner, node);
    if (node.holder && !node.around) pushTo(closures, node.holder, node);
  }
  for (const file of files)
    for (const holder of file.topLevel)
      for (const name of holder.names) pushTo(holders, name, holder);
  for (const [name, node] of importedUnnamed(files, nodes)) pushTo(functions, name, node);
  const classes = files.flatMap((file) => file.classes);
  const declared = new Set(classes.map(({ name }) => name));
  const foreign = foreignClasses(classes, declared);
  return { nodes, functions, members, holders, closures, declared, foreign };
}

/** Classes with a base that nobody here declares, by themselves or through another one. */
function foreignClasses(
  classes: readonly ClassFacts[],
  declared: ReadonlySet<string>,
): Set<string> {
  const heirs = new Map<string, string[]>();
  for (const { name, bases } of classes) for (const base of bases) pushTo(heirs, base, name);
  // `class Kernel extends BaseKernel` where that is the `Kernel` of a library.
  const isElsewhere = (base: string, name: string): boolean =>
    (!declared.has(base) || base === name) && base !== 'object' && base !== 'Object';
  const foreign = new Set(
    classes
      .filter(
        ({ name, bases, dispatches }) =>
          // What calls its own methods by names that nobody wrote down may call any of them.
          dispatches === true || bases.some((base) => isElsewhere(base, name)),
      )
      .map(({ name }) => name),
  );
  // A set that grows while it is walked gives what is added, too.
  for (const name of foreign) for (const heir of heirs.get(name) ?? []) foreign.add(heir);
  // What such a class takes in is as much called from there as what it has.
  for (const { name, mixins = [] } of classes)
    if (foreign.has(name)) for (const mixin of mixins) if (declared.has(mixin)) foreign.add(mixin);
  return foreign;
}

/** Functions without a name that one file offers; a module has one. */
const mostUnnamed = 20;

/** What a file offers without a name (`export default () => …`), by the names under which others import it. */
function importedUnnamed(
  files: readonly FileFacts[],
  nodes: readonly FunctionNode[],
): [name: string, node: FunctionNode][] {
  const unnamed = nodes.filter(isUnnamedExport);
  if (unnamed.length === 0) return [];
  const byPath = Map.groupBy(unnamed, ({ file }) => file.path);
  const ofPath = (path: string): FunctionNode[] => byPath.get(path)?.slice(0, mostUnnamed) ?? [];
  const resolved = importedFiles(files);
  return files.flatMap(({ imports }) =>
    imports.flatMap((item) =>
      resolved(item)
        .flatMap(ofPath)
        .flatMap((node) => item.names.map((name): [string, FunctionNode] => [name, node])),
    ),
  );
}

/** `export default (router) => { … }`, `module.exports = function () { … }`. */
export function isUnnamedExport({ fn, around, holder }: FunctionNode): boolean {
  const isOutside = around === null && (holder === null || holder.exports);
  return isOutside && fn.kind === 'closure' && (holder?.names.length ?? 0) === 0;
}

/** Functions of a file with what they stand in. */
function nodesOf(file: FileFacts): FunctionNode[] {
  const sorted = file.functions
    .map((fn): FunctionNode => ({ fn, file, around: null, inside: [], holder: null }))
    .sort((a, b) => a.fn.from - b.fn.from || b.fn.to - a.fn.to);
  const open: FunctionNode[] = [];
  let at = 0;
  for (const node of sorted) {
    enclose(node, open);
    while ((file.topLevel[at]?.endLine ?? Infinity) < node.fn.startLine) at += 1;
    const holder = file.topLevel[at];
    node.holder = holder && holder.startLine <= node.fn.startLine ? holder : null;
  }
  return sorted;
}

/** @param open the functions that have not ended before it, the innermost last */
function enclose(node: FunctionNode, open: FunctionNode[]): void {
  while ((open.at(-1)?.fn.to ?? Infinity) < node.fn.to) open.pop();
  node.around = open.at(-1) ?? null;
  node.around?.inside.push(node);
  open.push(node);
}

/** `#compact` is named without its mark. */
export function plainName({ name }: FunctionFacts): string {
  return name.replace(/^[#@$]+/, '');
}
