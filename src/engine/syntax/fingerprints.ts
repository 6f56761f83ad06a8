import type { FileFacts } from '../facts.ts';
import { oncePerType } from './once-per-type.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { hashStart, hashText } from './token-hash.ts';
import type { Units } from './units.ts';

/**
 * Winnowing (Schleimer, Wilkerson, Aiken 2003) over the types of the syntax leaves: names, literals,
 * layout and comments do not matter. Any copy of `gram + window - 1` = 50 leaves shares a fingerprint.
 */
const gram = 18;
const window = 33;
const base = 0x01000193;

/** Fingerprints of a file in source order. */
export function fingerprintsOf(tree: SyntaxTree, units: Units): FileFacts['fingerprints'] {
  const outermost = outermostUnits(units);
  const streams = new Map<number, number[]>();
  let open = -1;
  let leaves: number[] = [];
  for (let node = 0; node < tree.size;) {
    const kind = tree.kind(node);
    if (kind === 'comment' || kind === 'import') node = tree.endOf(node);
    else {
      // A string is one leaf, however its inside is parsed.
      if (kind === 'string' || tree.isLeaf(node)) {
        const own = units.of[node]!;
        const unit = own < 0 ? -1 : outermost[own]!;
        if (unit !== open || leaves.length === 0) {
          open = unit;
          leaves = streams.get(unit) ?? [];
          streams.set(unit, leaves);
        }
        leaves.push(node);
      }
      node = kind === 'string' ? tree.endOf(node) : node + 1;
    }
  }
  // Each function for itself: what stands beside it must not decide how it is read.
  return [...streams].flatMap(([unit, stream]) =>
    select(gramHashes(typeHashes(tree, stream))).map((at) => ({
      hash: at.hash,
      unit,
      startLine: tree.startLine(stream[at.index] ?? 0),
      endLine: tree.endLine(stream[at.index + gram - 1] ?? 0),
    })),
  );
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

/** Hash of the kinds of a function's leaves: names, literals, layout and comments do not matter. */
export function shapeOf(tree: SyntaxTree, node: number): number {
  const end = Math.min(tree.endOf(node), node + shapeNodes);
  let hash = 0;
  for (let at = node; at < end;) {
    const kind = tree.kind(at);
    if (kind === 'comment') {
      at = tree.endOf(at);
      continue;
    }
    if (kind === 'string' || tree.isLeaf(at))
      hash = (Math.imul(hash, base) + typeHash(tree, at)) | 0;
    at = kind === 'string' ? tree.endOf(at) : at + 1;
  }
  return mix(hash);
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
