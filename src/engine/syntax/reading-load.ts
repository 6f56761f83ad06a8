import type { ReadingLoad } from '../facts.ts';
import type { LineUse } from './lines.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import type { Units } from './units.ts';
import { wordOf } from './word-of.ts';

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
 *
 * @param said 1 where a comment is, by node
 */
export function readingLoads(
  tree: SyntaxTree,
  units: Units,
  lines: LineUse,
  said: Uint8Array,
): ReadingLoad[] {
  const loads = [...units.list, null].map((): ReadingLoad => ({ ...emptyLoad }));
  const names = loads.map(() => new Set<string>());
  const steps = new Int32Array(tree.size);
  forTokens(tree, lines, said, (token, step) => {
    const unit = units.of[token]!;
    const load = loads.at(unit)!;
    load.tokens += 1;
    // A step that began around a function goes on in it as its first.
    steps[Math.max(unit < 0 ? 0 : units.list[unit]!.node, step)]! += 1;
    if (tree.kind(token) !== 'identifier') return;
    const name = wordOf(tree, token);
    load.nameUses += 1;
    names.at(unit)!.add(name.length > 80 ? name.slice(0, 80) : name);
  });
  for (let node = 0; node < tree.size; node += 1) {
    if (steps[node] === 0) continue;
    const load = loads.at(units.of[node]!)!;
    load.steps += 1;
    load.longestStep = Math.max(load.longestStep, steps[node]!);
  }
  for (const [at, load] of loads.entries()) load.names = names[at]!.size;
  return loads;
}

/** Visits what is read, each with the node that its step begins with (-1 = none). */
function forTokens(
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

function isRead(tree: SyntaxTree, token: number): boolean {
  const start = tree.start[token]!;
  const length = tree.stop[token]! - start;
  return length > 1 || (length === 1 && !punctuation.has(tree.source.charAt(start)));
}
