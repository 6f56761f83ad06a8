import type { ReadingLoad } from '../facts.ts';
import type { LineUse } from './lines.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import type { Units } from './units.ts';
import { wordOf } from './word-of.ts';

interface Tally {
  tokens: number;
  names: Set<string>;
  nameUses: number;
  /** Tokens by the node that begins the step; those of the step that is being read are not in it yet. */
  steps: Map<number, number>;
  step: number;
  stepTokens: number;
}

/** Of a function without anything to read. */
export const emptyLoad: ReadingLoad = {
  tokens: 0,
  names: 0,
  nameUses: 0,
  steps: 0,
  longestStep: 0,
};

/**
 * What a reader meets in each function, counted on tokens and statements: how the code is laid out
 * (tabs, braces, blank lines, where lines are broken) can't change it. By index into `units.list`; the last one is what stands outside of functions.
 */
export function readingLoads(
  tree: SyntaxTree,
  units: Units,
  lines: LineUse,
  docstrings: ReadonlySet<number>,
): ReadingLoad[] {
  const tallies = [...units.list, null].map((): Tally => ({
    tokens: 0,
    names: new Set(),
    nameUses: 0,
    steps: new Map(),
    step: -1,
    stepTokens: 0,
  }));
  const step = new Int32Array(tree.size).fill(-1);
  for (let node = 0; node < tree.size;) {
    if (tree.kind(node) === 'comment' || docstrings.has(node)) {
      node = tree.endOf(node);
      continue;
    }
    step[node] = startsStep(tree, node, lines) ? node : (step[tree.parentOf(node)] ?? -1);
    if (isToken(tree, node)) {
      addToken(tree, node, step[node] ?? -1, tallies.at(units.of[node] ?? -1));
      node = tree.endOf(node);
    } else node += 1;
  }
  return tallies.map(loadOf);
}

/** A text in quotes is one thing to read, however the grammar cuts it up. */
function isToken(tree: SyntaxTree, node: number): boolean {
  return tree.isLeaf(node) || tree.kind(node) === 'string';
}

function startsStep(tree: SyntaxTree, node: number, lines: LineUse): boolean {
  if (lines.statements[node] === 1) return true;
  const kind = tree.kind(node);
  return kind === 'function' || kind === 'elif' || kind === 'case' || kind === 'catch';
}

/** Brackets around blocks and separators are layout of the language, not something to understand. */
const punctuation = new Set('{}();,');

function addToken(tree: SyntaxTree, node: number, step: number, tally: Tally | undefined): void {
  const length = (tree.stop[node] ?? 0) - (tree.start[node] ?? 0);
  if (length === 0 || tally === undefined) return;
  if (length === 1 && punctuation.has(tree.source.charAt(tree.start[node]!))) return;
  tally.tokens += 1;
  if (tree.kind(node) === 'identifier') {
    const name = wordOf(tree, node);
    tally.names.add(name.length > 80 ? name.slice(0, 80) : name);
    tally.nameUses += 1;
  }
  if (step !== tally.step) endStep(tally, step);
  tally.stepTokens += 1;
}

function endStep(tally: Tally, next: number): void {
  const { steps, step, stepTokens } = tally;
  if (stepTokens > 0) steps.set(step, (steps.get(step) ?? 0) + stepTokens);
  tally.step = next;
  tally.stepTokens = 0;
}

function loadOf(tally: Tally): ReadingLoad {
  endStep(tally, -1);
  const { tokens, names, nameUses, steps } = tally;
  return {
    tokens,
    names: names.size,
    nameUses,
    steps: steps.size,
    longestStep: [...steps.values()].reduce((most, size) => Math.max(most, size), 0),
  };
}
