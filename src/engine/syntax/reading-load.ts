import type { LogicalLine, ReadingLoad } from '../token-facts.ts';
import type { LineUse } from './lines.ts';
import { oncePerType } from './once-per-type.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import type { Units } from './units.ts';
import { hashStart, hashToken } from './token-hash.ts';
import { wordOf } from './word-of.ts';

/** Of a function without anything to read. */
export const emptyLoad: ReadingLoad = {
  tokens: 0,
  names: 0,
  nameUses: 0,
  steps: 0,
  longestStep: 0,
};

/** Logical lines of a file, in source order. */
export interface LogicalLines {
  list: LogicalLine[];
  /** How many of them begin before a node. */
  before: Int32Array;
  /** Node that the last statement of each unit begins with, by index; of the code outside at the end. */
  last: Int32Array;
}

/** Tokens after which a statement goes on in a further logical line: what formatters put into one on the average. */
const tokensALine = 10;

/**
 * What a reader meets in each function, counted on tokens and statements: how the code is laid out
 * (tabs, braces, blank lines, where lines are broken) can't change it.
 *
 * @param said 1 where a comment is, by node
 * @returns loads by index into `units.list`, the last one of what stands outside of functions; with the logical lines
 */
export function readingLoads(
  tree: SyntaxTree,
  units: Units,
  lines: LineUse,
  said: Uint8Array,
): { loads: ReadingLoad[]; logical: LogicalLines } {
  const loads = [...units.list, null].map((): ReadingLoad => ({ ...emptyLoad }));
  const names = loads.map(() => new Set<string>());
  const steps = new Int32Array(tree.size);
  const list: LogicalLine[] = [];
  const open = new Int32Array(tree.size);
  const before = new Int32Array(tree.size + 1);
  forTokensOfSteps(tree, lines, said, (token, step) => {
    const unit = units.of[token]!;
    const load = loads.at(unit)!;
    load.tokens += 1;
    // A step that began around a function goes on in it as its first.
    const own = Math.max(unit < 0 ? 0 : units.list[unit]!.node, step);
    if (steps[own]! % tokensALine === 0) {
      open[own] = list.length;
      list.push({ line: tree.startLine(token), hash: hashStart });
      before[token + 1] = 1;
    }
    steps[own]! += 1;
    const line = list[open[own]!]!;
    line.hash = hashToken(line.hash, tree, token);
    if (tree.kind(token) !== 'identifier') return;
    const name = wordOf(tree, token);
    load.nameUses += 1;
    names.at(unit)!.add(name.length > 80 ? name.slice(0, 80) : name);
  });
  const last = new Int32Array(loads.length);
  for (let node = 0; node < tree.size; node += 1) {
    if (steps[node] === 0) continue;
    const unit = units.of[node]! < 0 ? loads.length - 1 : units.of[node]!;
    const load = loads[unit]!;
    load.steps += 1;
    last[unit] = node;
    load.longestStep = Math.max(load.longestStep, steps[node]!);
  }
  for (const [at, load] of loads.entries()) load.names = names[at]!.size;
  for (let node = 0; node < tree.size; node += 1) before[node + 1]! += before[node]!;
  return { loads, logical: { list, before, last } };
}

/** Logical lines that begin within a node. */
export function logicalLinesIn({ before }: LogicalLines, tree: SyntaxTree, node: number): number {
  return before[tree.endOf(node)]! - before[node]!;
}

/** Visits what is read, each with the node that its step begins with (-1 = none). */
function forTokensOfSteps(
  tree: SyntaxTree,
  lines: LineUse,
  said: Uint8Array,
  visit: (token: number, step: number) => void,
): void {
  const step = new Int32Array(tree.size).fill(-1);
  for (let node = 0; node < tree.size;) {
    if (said[node] === 1) {
      node = tree.endOf(node);
      continue;
    }
    const parent = tree.parentOf(node);
    step[node] = startsStep(tree, node, lines) ? node : parent < 0 ? -1 : step[parent]!;
    // A text in quotes is one thing to read, however the grammar cuts it up.
    const isToken = tree.isLeaf(node) || tree.kind(node) === 'string';
    if (isToken && isRead(tree, node)) visit(node, step[node]!);
    node = isToken ? tree.endOf(node) : node + 1;
  }
}

function startsStep(tree: SyntaxTree, node: number, lines: LineUse): boolean {
  if (lines.statements[node] === 1) return true;
  const kind = tree.kind(node);
  return kind === 'function' || kind === 'elif' || kind === 'case' || kind === 'catch';
}

/** Brackets around blocks and separators are layout of the language, not something to understand. */
const punctuation = new Set('{}();,');

const isPunctuation = oncePerType((tree, token) => punctuation.has(tree.type(token)));

function isRead(tree: SyntaxTree, token: number): boolean {
  return tree.stop[token]! > tree.start[token]! && !isPunctuation(tree, token);
}
