import type { FunctionFacts } from '../facts.ts';
import type { CallFacts } from '../call-facts.ts';
import type { OuterThrow, ReadingLoad } from '../token-facts.ts';
import { calledByReference, isReference } from './called-by-reference.ts';
import { callAt, methodCalled } from './calls.ts';
import { isTrivial, onlyKeeps } from './trivial-functions.ts';
import { cognitiveOf, type Self } from './cognitive.ts';
import type { Comment } from './comments.ts';
import { docIndex, type Docs } from './doc-index.ts';
import { isInObject, isReturnTyped, kindOf } from './function-kinds.ts';
import { cyclomaticOf } from './cyclomatic.ts';
import { cyclomaticDialects, ownCognitiveRules } from './dialects.ts';
import { effectOf, isOutside } from './effects.ts';
import { headerText, modifiersOf } from './headers.ts';
import { codeLines, type LineUse } from './lines.ts';
import type { Mentions } from './mentions.ts';
import { nodesOf, nodesWhere } from './nodes-where.ts';
import { makesError, returnsError } from './error-values.ts';
import { parameterFacts } from './parameters.ts';
import { emptyLoad, logicalLinesIn, type LogicalLines } from './reading-load.ts';
import { selfOf } from './recursion.ts';
import { deadBranch, deadBranches, within } from './dead-branches.ts';
import { entryOf, isCalledWithOwner } from './entry-points.ts';
import { shapesOf } from './fingerprints.ts';
import { outerThrowAt } from './outer-throws.ts';
import { isRecovery } from './tree-questions.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import type { Unit, Units } from './units.ts';
import { exportedNames, isPublic } from './visibility.ts';

/** Calls kept per function. */
const callLimit = 1_000;

/** What the pattern stages share: the tree and everything that one pass told of it. */
export interface Analysis {
  tree: SyntaxTree;
  units: Units;
  comments: Comment[];
  lines: LineUse;
  /** 1 where a loop in the widest sense is, and how many are around, by node. */
  loops: Uint8Array;
  loopDepth: Int32Array;
  /** By index of unit, and after them that of the code outside. */
  loads: ReadingLoad[];
  logical: LogicalLines;
  /** Unit nodes that are test cases. */
  testUnits: Set<number>;
}

interface Tally {
  statements: number;
  returns: number;
  plainReturns: number;
  throws: number;
  throwsInHandlers: number;
  outerThrows?: OuterThrow[];
  settledBranches?: number[];
  calls: CallFacts[];
  loops: { startLine: number; endLine: number; depth: number }[];
  recursive: boolean;
  performsIo: boolean;
}

/** All functions of a file. */
export function functionFacts(analysis: Analysis, mentions: Mentions['units']): FunctionFacts[] {
  const { tree, units } = analysis;
  const tallies = tally(analysis);
  const docs = docIndex(tree, analysis.comments);
  const exported = tree.table.visibility === 'export' ? exportedNames(tree) : null;
  return units.list.map((unit, index) => {
    const tallied = tallies[index] ?? emptyTally();
    const uses = mentions[index] ?? { mentions: [] };
    const load = analysis.loads[index] ?? emptyLoad;
    return oneFunction(analysis, unit, { tallied, load, uses }, { docs, exported });
  });
}

function oneFunction(
  analysis: Analysis,
  unit: Unit,
  { tallied, load, uses }: { tallied: Tally; load: ReadingLoad; uses: Mentions['units'][number] },
  { docs, exported }: { docs: Docs; exported: Set<string> | null },
): FunctionFacts {
  const { tree, lines, testUnits } = analysis;
  const header = headerText(tree, unit.node);
  const rules = ownCognitiveRules(tree.table.language);
  const { increments, maxNesting } = cognitiveOf(
    tree,
    unit.node,
    rules,
    selfOf(tree, unit, rules.overloads),
  );
  const cyclomatic = cyclomaticOf(tree, unit.node, cyclomaticDialects.own);
  const startLine = tree.startLine(unit.node);
  const endLine = tree.endLine(unit.node);
  const kind = kindOf(tree, unit, header);
  return {
    name: unit.name,
    qualifiedName: unit.owner === null ? unit.name : `${unit.owner}.${unit.name}`,
    owner: unit.owner,
    kind,
    public:
      !unit.closure &&
      (unit.route ||
        unit.offered ||
        isPublic(tree, unit.node, { ...unit, header: modifiersOf(header, unit.name) }, exported)),
    ...heritability(tree, unit, header),
    test: testUnits.has(unit.node),
    startLine,
    endLine,
    bodyStartLine: tree.startLine(unit.body),
    from: tree.start[unit.node]!,
    to: tree.stop[unit.node]!,
    nloc: codeLines(lines, startLine, endLine),
    lloc: logicalLinesIn(analysis.logical, tree, unit.node),
    firstLogicalLine: analysis.logical.before[unit.node]!,
    parameters: parameterFacts(tree, unit),
    // FastAPI is told by the decorator what a route answers.
    returnTyped: isReturnTyped(tree, unit) || /\bresponse_model\s*=/.test(header),
    cyclomatic,
    cognitive: increments.reduce((sum, { points }) => sum + points, 0),
    cognitiveIncrements: increments,
    maxNesting,
    doc: docs.of(unit.node),
    entry: unit.route ? 'framework' : entryOf(tree, unit.node, header, unit.name),
    ...(isInObject(tree, unit) ? { inObject: true as const } : {}),
    ...(isCalledWithOwner(tree, unit) ? { withOwner: true as const } : {}),
    ...shapesOf(tree, unit.node, unit.name),
    ...tallied,
    load,
    trivial: isTrivial(tree, unit.body, { cyclomatic, statements: tallied.statements }),
    ...(kind === 'constructor' && onlyKeeps(tree, unit.body) ? { onlyKeeps: true as const } : {}),
    ...uses,
  };
}

function heritability(
  tree: SyntaxTree,
  { owner, name }: Unit,
  header: string,
): Pick<FunctionFacts, 'heritable'> {
  // Ruby keeps no method of a class from the class that it is made from.
  const isOpen = tree.table.language === 'ruby' || /\bprotected\b/.test(modifiersOf(header, name));
  const isProtected = owner !== null && isOpen;
  return isProtected ? { heritable: true } : {};
}

function tally(analysis: Analysis): Tally[] {
  const { tree, units, loops, loopDepth } = analysis;
  const tallies = units.list.map(emptyTally);
  const selves = units.list.map((unit) => selfOf(tree, unit, tree.table.language === 'java'));
  const handlers = handlersIn(tree);
  addStatements(analysis, tallies, handlers);
  for (let node = loops.indexOf(1); node >= 0; node = loops.indexOf(1, node + 1)) {
    const index = units.of[node]!;
    if (index >= 0 && units.list[index]!.node !== node)
      addLoop(tree, node, loopDepth, tallies[index]!);
  }
  const isHandled = within(tree, handlers);
  const isDead = within(tree, deadBranches(tree));
  for (const node of toldNodes(tree)) {
    const index = units.of[node]!;
    if (index < 0 || isDead(node)) continue;
    const into = tallies[index]!;
    const thrown = into.throws;
    const isLast = node >= analysis.logical.last[index]!;
    addNode(tree, node, isLast, into, selves[index]);
    if (into.throws === thrown) continue;
    if (isHandled(node)) into.throwsInHandlers += into.throws - thrown;
    const outer = outerThrowAt(tree, node);
    if (outer !== null) (into.outerThrows ??= []).push(outer);
  }
  return tallies;
}

const clausesOf = nodesOf('catch', 'finally');
const testsOf = nodesOf('if');

/** Clauses, and Go's recoveries. */
function handlersIn(tree: SyntaxTree): Int32Array {
  if (tree.table.language !== 'go') return clausesOf(tree);
  return testsOf(tree).filter((node) => isRecovery(tree, node));
}

/** A handler can be put around any body, which then shows no more of its author than before. */
function addStatements(
  { tree, units, lines }: Analysis,
  tallies: readonly Tally[],
  handlers: Int32Array,
): void {
  const isHandled = within(tree, handlers);
  const isDead = within(tree, deadBranches(tree));
  for (let node = 0; node < tree.size; node += 1) {
    const index = units.of[node]!;
    if (index < 0 || lines.statements[node] === 0 || isHandled(node) || isDead(node)) continue;
    if (deadBranch(tree, node) >= 0)
      (tallies[index]!.settledBranches ??= []).push(tree.startLine(node));
    else if (tree.kind(node) !== 'try') tallies[index]!.statements += 1;
  }
}

const toldNodes = nodesWhere(
  (kind, type) =>
    kind === 'return' ||
    kind === 'throw' ||
    kind === 'call' ||
    kind === 'new' ||
    type === 'echo_statement' ||
    isReference(type),
);

/** @param isLast in the last statement of its function */
function addNode(
  tree: SyntaxTree,
  node: number,
  isLast: boolean,
  into: Tally,
  self: Self | undefined,
): void {
  const called = into.calls.length;
  addTold(tree, node, into, self);
  const call = into.calls[called];
  if (isLast && call) call.last = true;
}

function addTold(tree: SyntaxTree, node: number, into: Tally, self: Self | undefined): void {
  const kind = tree.kind(node);
  if (kind === 'return') {
    into.returns += 1;
    into.plainReturns += Number(plainReturn.test(tree.excerpt(node, 80)));
    into.throws += Number(returnsError(tree, node));
  } else if (kind === 'throw') into.throws += Number(!endsIteration(tree, node));
  else if (kind === 'call' || kind === 'new') {
    addCall(tree, node, into);
    if (self?.isRecursiveCall(node) === true) into.recursive = true;
  } else if (tree.type(node) === 'echo_statement') into.performsIo = true;
  else if (isReference(tree.type(node))) {
    const call = calledByReference(tree, node);
    if (call !== null && into.calls.length < callLimit) into.calls.push(call);
  }
}

const plainReturn = /^return\s*[$\w]*\s*;?$/;

/** `raise StopIteration` is how Python says that nothing is left. */
function endsIteration(tree: SyntaxTree, node: number): boolean {
  return tree.table.language === 'python' && /^raise\s+Stop/.test(tree.excerpt(node, 12));
}

function emptyTally(): Tally {
  return {
    statements: 0,
    returns: 0,
    plainReturns: 0,
    throws: 0,
    throwsInHandlers: 0,
    calls: [],
    loops: [],
    recursive: false,
    performsIo: false,
  };
}

function addLoop(tree: SyntaxTree, node: number, loopDepth: Int32Array, into: Tally): void {
  into.loops.push({
    startLine: tree.startLine(node),
    endLine: tree.endLine(node),
    depth: loopDepth[node] ?? 0,
  });
}

const raising = new Set(['raise', 'panic', 'fail', 'halt']);

function addCall(tree: SyntaxTree, node: number, into: Tally): void {
  const read = callAt(tree, node);
  const { qualifier, arguments: count } = read;
  const name = methodCalled(tree, node);
  if (name === '') return;
  const call: CallFacts = { name, qualifier, line: tree.startLine(node), arguments: count };
  if (into.calls.length < callLimit) into.calls.push(call);
  if (raising.has(name) && qualifier === null && tree.table.language !== 'python') into.throws += 1;
  if (makesError(tree, node, read)) into.throws += 1;
  if (isOutside(effectOf(read, tree.table.language))) into.performsIo = true;
}
