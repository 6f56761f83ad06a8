import { callAt } from './calls.ts';
import { matching } from '../memoize.ts';
import { nodesOf } from './nodes-where.ts';
import type { SyntaxTree } from './syntax-tree.ts';

const isIterator = matching(
  /^(forEach|each|each_with_index|each_with_object|each_pair|each_key|each_value|each_char|each_line|times|upto|downto|step|map|flatMap|flat_map|filter|select|reject|collect|reduce|inject|for_each|map_async|array_map|array_filter|array_walk|loop|every|some|all\?|any\?|find|detect|sum|sort_by|group_by|each_slice|each_cons)$/,
);

/** A loop in the widest sense: a loop statement, a comprehension, or a block given to an iterator. */
function isLoopLike(tree: SyntaxTree, node: number): boolean {
  const kind = tree.kind(node);
  if (kind === 'loop' || kind === 'comprehension') return true;
  return kind === 'closure' && isIterated(tree, node);
}

function isIterated(tree: SyntaxTree, node: number): boolean {
  let up = tree.parentOf(node);
  if (up >= 0 && tree.kind(up) !== 'call') up = tree.parentOf(up);
  if (up >= 0 && tree.type(up) === 'argument_list') up = tree.parentOf(up);
  if (up < 0 || tree.kind(up) !== 'call') return false;
  const { name, qualifier } = callAt(tree, up);
  return isIterator(name) && (!mayBeOfOne.has(tree.table.language) || isOfMany(name, qualifier));
}

/** There `map` and `filter` are methods of an optional value as well. */
const mayBeOfOne = new Set(['java', 'rust']);

/** `findById(id).map(…)` runs at most once, `orders.stream().map(…)` for each. */
function isOfMany(name: string, qualifier: string | null): boolean {
  return ofEach.test(name) || manyValues.test(qualifier ?? '');
}

const ofEach = /^(forEach|for_each|removeIf|each)$/;
/** What gives many values: streams, iterators, ranges. */
const manyValues =
  /stream\(|Stream\b|\bFlux\b|\b(iter|into_iter|iter_mut|par_iter|chars|bytes|lines|drain|keys|values|windows|chunks\w*|split\w*|enumerate|zip|args|range|repeat\w*|successors|from_fn)\(|\.\./;

const mayLoop = nodesOf('loop', 'comprehension', 'closure');

/** 1 where a loop in the widest sense is, by node. */
export function loopFlags(tree: SyntaxTree): Uint8Array {
  const flags = new Uint8Array(tree.size);
  for (const node of mayLoop(tree)) if (isLoopLike(tree, node)) flags[node] = 1;
  return flags;
}

/** Loops around each node within its unit. @param loops see `loopFlags` */
export function loopDepths(tree: SyntaxTree, unitOf: Int32Array, loops: Uint8Array): Int32Array {
  const depth = new Int32Array(tree.size);
  for (let node = 1; node < tree.size; node += 1) {
    const parent = tree.parentOf(node);
    // A unit starts afresh, except when it is itself the body of an iterator.
    const isFresh = unitOf[node] !== unitOf[parent] && loops[node] === 0;
    const isRepeated = loops[parent] === 1 && !isLoopHeader(tree, node);
    depth[node] = (isFresh ? 0 : depth[parent]!) + Number(isRepeated);
  }
  return depth;
}

/** The part of a loop that runs once: what is iterated over. */
function isLoopHeader(tree: SyntaxTree, node: number): boolean {
  const field = tree.fieldName(node);
  if (tree.kind(tree.parentOf(node)) !== 'loop') return false;
  return (
    field === 'right' ||
    field === 'value' ||
    field === 'initializer' ||
    field === 'init' ||
    tree.type(node) === 'range_clause'
  );
}
