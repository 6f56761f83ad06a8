import type { FileFacts, FunctionFacts, TopLevelFacts } from '../facts.ts';
import { foundByFramework } from './found-by-framework.ts';
import { loadedByFolder } from './loaded-folders.ts';
import { groups } from './name-groups.ts';
import { offeredBeside, offeredUnbound } from './what-is-offered.ts';
import {
  isUnnamedExport,
  plainName,
  referenceGraph,
  type FunctionNode,
  type ReferenceGraph,
} from './reference-graph.ts';
import type { TestCaseAt } from './test-cases.ts';
import type { TestCaseFacts } from '../pattern-facts.ts';
import { rootName } from '../root-name.ts';

/**
 * What of the code something uses, by name: there are no types here, so one use of a name is a use of everything
 * that is called so, and a use that can't be seen (a framework's, a protocol's) is taken for one. Linear in the
 * number of names.
 */
export interface Reach {
  /** What is offered beside statements that run: a library may prepare something when it is loaded. */
  beside: readonly FunctionFacts[];
  /** Reached from where the program starts: `main`, statements outside of functions, frameworks. */
  started: ReadonlySet<FunctionFacts>;
  /** Reached from there or from a test that can fail. */
  entered: ReadonlySet<FunctionFacts>;
  /** Reached from what the files offer to others. */
  offered: ReadonlySet<FunctionFacts>;
  /** Entered only because a class with a base from elsewhere may be called from there. */
  calledBack: ReadonlySet<FunctionFacts>;
  /** Classes with a base that nobody here declares: what they hold may be called from there. */
  foreign: ReadonlySet<string>;
  /** Names that a statement or a function of a shape of its own uses, other than the one that is called so. */
  named: ReadonlySet<string>;
  /** A number that is the same for functions which use one another, directly or not. */
  groupOf: (fn: FunctionFacts) => number;
}

/** @param drawn names in the templates of a framework */
export function reachOf(
  sources: readonly FileFacts[],
  tests: readonly FileFacts[],
  cases: readonly TestCaseAt[],
  drawn: ReadonlySet<string> = new Set(),
): Reach {
  const graph = referenceGraph([...sources, ...tests]);
  const own = new Set(sources);
  const loaded = loadedByFolder(sources);
  const startsAt = (node: FunctionNode): boolean =>
    isEntry(node) || (loaded.has(node.file) && (isOffered(node) || isUnnamedExport(node)));
  const statements = sources.flatMap((file) =>
    file.topLevel.filter(({ runs, exports }) => runs || (exports && loaded.has(file))),
  );
  const start = (visit: Visit): void => {
    [...statements, ...offeredUnbound(sources)].forEach(visit.statement);
    for (const node of graph.nodes) if (own.has(node.file) && startsAt(node)) visit.function(node);
    for (const file of sources) enterFound(file, graph, visit);
    handlersOf(sources, graph).forEach(visit.function);
    drawn.forEach(visit.name);
  };
  const tested = cases.filter(({ verdict }) => verdict === 'counts');
  const started = walk(graph, start);
  const entered =
    tested.length === 0
      ? started
      : walk(graph, (visit) => {
          for (const { test, subjects } of tested)
            [...test.calls, ...subjects, ...modulesIn(test)].forEach(visit.name);
          start(visit);
        });
  const offered = walk(graph, (visit) => {
    for (const file of sources)
      for (const holder of file.topLevel) if (holder.exports) visit.statement(holder);
    for (const node of graph.nodes) if (own.has(node.file) && isOffered(node)) visit.function(node);
  });
  return {
    beside: offeredBeside(graph, sources),
    started,
    entered,
    offered,
    calledBack: calledBack(graph, own),
    foreign: graph.foreign,
    named: namedIn(graph, sources),
    // What only a test names together does not hang together by that.
    groupOf: groups(referenceGraph(sources), sources),
  };
}

/** `Basket` of `Basket.total()`: the name of a file that is loaded by a page, which holds all that it does. */
function modulesIn({ calledOn = {}, setUpOn = {} }: TestCaseFacts): string[] {
  return [...Object.values(calledOn), ...Object.values(setUpOn)].flat().map(rootName);
}

/** Methods that answer what is asked for over HTTP, where a route names their class. */
function handlersOf(files: readonly FileFacts[], { functions }: ReferenceGraph): FunctionNode[] {
  return files
    .flatMap(({ routes = [] }) => routes)
    .flatMap(({ handler, owner }) =>
      owner === undefined
        ? []
        : (functions.get(handler) ?? []).filter(({ fn }) => fn.owner === owner),
    );
}

/** Classes that a framework finds by itself, with what it calls of them. */
function enterFound(file: FileFacts, graph: ReferenceGraph, visit: Visit): void {
  for (const { name } of foundByFramework(file)) {
    visit.name(name);
    for (const node of graph.members.get(name) ?? [])
      if (node.file === file && isCalledBack(node, true)) visit.function(node);
  }
}

/** Public methods of such classes whose name nothing in the submission uses. */
function calledBack(
  { nodes, foreign, holders, declared }: ReferenceGraph,
  own: ReadonlySet<FileFacts>,
): Set<FunctionFacts> {
  const names = new Set(nodes.flatMap(({ fn }) => fn.mentions));
  for (const list of holders.values())
    for (const { mentions } of list) mentions.forEach((name) => names.add(name));
  const only = nodes.filter(
    ({ fn, file }) =>
      own.has(file) &&
      fn.owner !== null &&
      foreign.has(fn.owner) &&
      fn.entry === null &&
      fn.kind !== 'constructor' &&
      !isOfMessage(fn.name, declared) &&
      !names.has(plainName(fn)),
  );
  return new Set(only.map(({ fn }) => fn));
}

/** `applyOrderPaid` where there is an `OrderPaid`: whoever hands messages out finds the method by their type. */
function isOfMessage(name: string, declared: ReadonlySet<string>): boolean {
  const type = /^(?:apply|handle|on|when|project|process|visit)_?(?=[A-Z])(\w+)$/.exec(name)?.[1];
  return type !== undefined && declared.has(type);
}

function namedIn({ nodes }: ReferenceGraph, sources: readonly FileFacts[]): Set<string> {
  const names = new Set<string>();
  const often = new Map<number, number>();
  for (const { fn } of nodes) often.set(fn.shape, (often.get(fn.shape) ?? 0) + 1);
  // A chain of functions of one shape, each of which calls the next, is no use of any of them.
  const isRepeated = ({ fn }: FunctionNode): boolean =>
    !fn.trivial && fn.kind !== 'closure' && (often.get(fn.shape) ?? 0) > 1;
  for (const node of nodes)
    if (!isRepeated(node))
      for (const name of node.fn.mentions) if (name !== plainName(node.fn)) names.add(name);
  for (const { topLevel } of sources)
    for (const { mentions } of topLevel) mentions.forEach((name) => names.add(name));
  return names;
}

function isOffered({ fn, around }: FunctionNode): boolean {
  return fn.public && around === null;
}

function isEntry({ fn, around }: FunctionNode): boolean {
  if (around !== null) return false;
  return (
    fn.entry === 'framework' ||
    /^(main|Main)$/.test(fn.name) ||
    (/^(init|__getattr__|__dir__)$/.test(fn.name) && fn.owner === null)
  );
}

interface Visit {
  name: (name: string) => void;
  function: (node: FunctionNode) => void;
  statement: (holder: TopLevelFacts) => void;
}

interface Known {
  names: ReadonlySet<string>;
  reached: ReadonlySet<FunctionFacts>;
}

/** Everything that the roots lead to. */
function walk(graph: ReferenceGraph, roots: (visit: Visit) => void): Set<FunctionFacts> {
  const reached = new Set<FunctionFacts>();
  const names = new Set<string>();
  const statements = new Set<TopLevelFacts>();
  const waiting: string[] = [];
  const entering: FunctionNode[] = [];
  const visit: Visit = {
    name: (name) => {
      if (names.has(name)) return;
      names.add(name);
      waiting.push(name);
    },
    function: (node) => {
      if (reached.has(node.fn)) return;
      reached.add(node.fn);
      entering.push(node);
    },
    statement: (holder) => {
      if (statements.has(holder)) return;
      statements.add(holder);
      holder.mentions.forEach(visit.name);
      if (holder.runs && holder.names.length > 0) return;
      graph.closures.get(holder)?.filter(isLoose).forEach(visit.function);
    },
  };
  roots(visit);
  while (waiting.length > 0 || entering.length > 0) {
    const node = entering.pop();
    if (node) enter(node, visit, names);
    else enterName(waiting.pop() ?? '', graph, visit, { names, reached });
  }
  return reached;
}

/** Written where it is used, and not declared under a name. */
function isLoose({ fn }: FunctionNode): boolean {
  return fn.owner === null || fn.kind === 'closure';
}

function enter({ fn, inside }: FunctionNode, visit: Visit, names: ReadonlySet<string>): void {
  fn.mentions.forEach(visit.name);
  if (fn.owner !== null) visit.name(fn.owner);
  for (const node of inside)
    if (isWithin(node.fn) || names.has(plainName(node.fn))) visit.function(node);
}

/** Handed out by the function around: a closure, a method, or what is called by the language (`next`). */
function isWithin({ kind, owner, entry, inObject }: FunctionFacts): boolean {
  return kind === 'closure' || owner !== null || entry === 'protocol' || inObject === true;
}

function enterName(name: string, graph: ReferenceGraph, visit: Visit, known: Known): void {
  for (const node of graph.functions.get(name) ?? [])
    if (canBeMeant(node, graph, known)) visit.function(node);
  for (const holder of graph.holders.get(name) ?? []) {
    holder.mentions.forEach(visit.name);
    graph.closures.get(holder)?.filter(isLoose).forEach(visit.function);
  }
  const foreign = graph.foreign.has(name);
  for (const node of graph.members.get(name) ?? [])
    if (isCalledBack(node, foreign) || known.names.has(plainName(node.fn))) visit.function(node);
}

/** A function inside of one that nothing reaches is not reached by its name alone, nor a method of an unnamed type. */
function canBeMeant(node: FunctionNode, graph: ReferenceGraph, known: Known): boolean {
  const open = node.around === null || known.reached.has(node.around.fn);
  return open && isMade(node, graph, known.names);
}

/** What a type is made by, and what is called on its values without being named here. */
function isCalledBack({ fn }: FunctionNode, foreign: boolean): boolean {
  return (
    fn.kind === 'constructor' ||
    fn.entry !== null ||
    // PHP calls these: `__invoke` where an object is called.
    /^__[a-z]\w*[a-z]$/i.test(fn.name) ||
    (foreign && (fn.public || fn.heritable === true || /^_[a-z]/.test(fn.name)))
  );
}

/** Whether there can be a value with this method: its type is named. Extension methods need no such name. */
function isMade(
  { fn, file }: FunctionNode,
  { declared }: ReferenceGraph,
  names: ReadonlySet<string>,
): boolean {
  const { owner } = fn;
  return owner === null || !declared.has(owner) || names.has(owner) || file.language === 'csharp';
}
