import type { FileFacts } from '../facts.ts';
import { oncePerType } from './once-per-type.ts';
import type { LogicalLines } from './reading-load.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { hashStart, hashText, hashToken } from './token-hash.ts';
import { forTokens } from './tokens.ts';
import type { Units } from './units.ts';

/**
 * Winnowing (Schleimer, Wilkerson, Aiken 2003) over the types of the syntax leaves: names, literals,
 * layout and comments do not matter. Any copy of `gram + window - 1` = 50 leaves shares a fingerprint.
 */
const gram = 12;
const window = 22;
const base = 0x01000193;

/** Fingerprints of a file in source order. */
export function fingerprintsOf(
  tree: SyntaxTree,
  units: Units,
  { before }: LogicalLines,
): FileFacts['fingerprints'] {
  // Each function for itself: what stands beside it must not decide how it is read.
  return [...streamsOf(tree, units)].flatMap(([unit, stream]) =>
    select(gramHashes(typeHashes(tree, stream))).map(({ hash, index }) => {
      const [from, to] = [stream[index] ?? 0, stream[index + gram - 1] ?? 0];
      return {
        hash,
        unit,
        startLine: tree.startLine(from),
        endLine: tree.endLine(to),
        first: before[from + 1]! - 1,
        last: before[to + 1]! - 1,
      };
    }),
  );
}

/** The tokens of each outermost function, and of what stands outside of functions. */
function streamsOf(tree: SyntaxTree, units: Units): Map<number, number[]> {
  const outermost = outermostUnits(units);
  const streams = new Map<number, number[]>();
  let open = -1;
  let tokens: number[] = [];
  forTokens(tree, { from: 0, to: tree.size, without: 'import' }, (token) => {
    const own = units.of[token]!;
    const unit = own < 0 ? -1 : outermost[own]!;
    if (unit !== open || tokens.length === 0) {
      open = unit;
      tokens = streams.get(unit) ?? [];
      streams.set(unit, tokens);
    }
    tokens.push(token);
  });
  return streams;
}

/** A loop: `Uint32Array.from` makes an object a leaf. */
function typeHashes(tree: SyntaxTree, leaves: readonly number[]): Uint32Array {
  const hashes = new Uint32Array(leaves.length);
  for (let at = 0; at < leaves.length; at += 1) hashes[at] = typeHash(tree, leaves[at]!);
  return hashes;
}

/** The unit that each unit stands in at the outside, by index. */
function outermostUnits({ list }: Units): Int32Array {
  const index = new Map(list.map((unit, at) => [unit, at]));
  const outer = new Int32Array(list.length);
  for (const [at, { around }] of list.entries())
    outer[at] = around === null ? at : (outer[index.get(around) ?? at] ?? at);
  return outer;
}

/** Nodes of a function that its shape is told by; of a giant, its beginning. */
const shapeNodes = 2_000;

/**
 * What a function is told by again: the kinds of its leaves, and their words without its own name and numbers. Layout
 * and comments do not matter.
 */
export function shapesOf(
  tree: SyntaxTree,
  node: number,
  ownName: string,
): { shape: number; wording: number } {
  const end = Math.min(tree.endOf(node), node + shapeNodes);
  let shape = 0;
  let wording = hashStart;
  forTokens(tree, { from: node, to: end }, (token) => {
    shape = (Math.imul(shape, base) + typeHash(tree, token)) | 0;
    if (isWording(tree, token, ownName)) wording = hashToken(wording, tree, token);
  });
  return { shape: mix(shape), wording: wording >>> 0 };
}

/** Not its own name and numbers. */
function isWording(tree: SyntaxTree, leaf: number, ownName: string): boolean {
  const from = tree.start[leaf]!;
  if (/\d/.test(tree.source.charAt(from))) return false;
  const length = tree.stop[leaf]! - from;
  return length !== ownName.length || !tree.source.startsWith(ownName, from);
}

const typeHash = oncePerType(
  (tree, node) => hashText(hashStart, tree.kind(node) ?? tree.type(node)) >>> 0,
);

function gramHashes(types: Uint32Array): Uint32Array {
  const hashes = new Uint32Array(Math.max(0, types.length - gram + 1));
  let leading = 1;
  for (let power = 0; power < gram; power += 1) leading = Math.imul(leading, base);
  let hash = 0;
  for (let index = 0; index < types.length; index += 1) {
    hash = (Math.imul(hash, base) + types[index]!) | 0;
    if (index >= gram) hash = (hash - Math.imul(types[index - gram]!, leading)) | 0;
    // The raw rolling value is weak in its low bits, and the smallest of a window is chosen by value.
    if (index >= gram - 1) hashes[index - gram + 1] = mix(hash);
  }
  return hashes;
}

function mix(value: number): number {
  const first = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35);
  return (second ^ (second >>> 16)) >>> 0;
}

/** The smallest hash of each window, the rightmost of equals, each place once. */
function select(hashes: Uint32Array): { hash: number; index: number }[] {
  const chosen: { hash: number; index: number }[] = [];
  const queue = new Int32Array(hashes.length);
  let head = 0;
  let tail = 0;
  let last = -1;
  for (let index = 0; index < hashes.length; index += 1) {
    const hash = hashes[index]!;
    while (tail > head && hashes[queue[tail - 1]!]! >= hash) tail -= 1;
    queue[tail++] = index;
    if (queue[head]! <= index - window) head += 1;
    const least = queue[head]!;
    // A text shorter than one window still gets its smallest.
    const isFull = index >= window - 1 || index === hashes.length - 1;
    if (isFull && last !== least) chosen.push({ hash: hashes[least]!, index: least });
    if (isFull) last = least;
  }
  return chosen;
}
