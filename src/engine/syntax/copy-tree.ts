import type { Tree } from 'web-tree-sitter';
import { addressOf, runtime } from './tree-sitter-runtime.ts';

/** A tree in source order: the subtree of `n` is the run `n … end[n] - 1`. */
export interface FlatTree {
  /** Number of nodes. */
  size: number;
  /** There were more nodes than the limit. */
  truncated: boolean;
  /** -1 for the root. */
  parent: Int32Array;
  end: Int32Array;
  /** Offsets in characters. */
  start: Int32Array;
  stop: Int32Array;
  types: Uint16Array;
  /** 0 for a node without a field. */
  fields: Uint16Array;
  /** Nodes that the parser made up. */
  missing: number[];
}

/** Copies a tree out of WebAssembly in one walk. @param limit nodes after which it is cut */
export function copyTree(tree: Tree, limit: number): FlatTree {
  const count = Math.min(limit, tree.rootNode.descendantCount);
  const flat: FlatTree = {
    size: count,
    truncated: false,
    parent: new Int32Array(count),
    end: new Int32Array(count),
    start: new Int32Array(count),
    stop: new Int32Array(count),
    types: new Uint16Array(count),
    fields: new Uint16Array(count),
    missing: [],
  };
  const address = addressOf(tree);
  const { ts_tree_root_node_wasm, ts_tree_cursor_new_wasm, ts_tree_cursor_delete_wasm } = runtime();
  ts_tree_root_node_wasm(address);
  ts_tree_cursor_new_wasm(address);
  try {
    walk(address, flat);
  } finally {
    ts_tree_cursor_delete_wasm(address);
  }
  return flat;
}

function walk(address: number, flat: FlatTree): void {
  const { parent, end, start, stop, types, fields, size } = flat;
  const {
    ts_tree_cursor_goto_first_child_wasm: gotoFirstChild,
    ts_tree_cursor_goto_next_sibling_wasm: gotoNextSibling,
    ts_tree_cursor_goto_parent_wasm: gotoParent,
    ts_tree_cursor_start_index_wasm: startIndex,
    ts_tree_cursor_end_index_wasm: endIndex,
    ts_tree_cursor_current_node_type_id_wasm: typeId,
    ts_tree_cursor_current_field_id_wasm: fieldId,
    ts_tree_cursor_current_node_is_missing_wasm: isMissing,
  } = runtime();
  let open = -1;
  for (let node = 0; node < size; node += 1) {
    start[node] = startIndex(address);
    stop[node] = endIndex(address);
    types[node] = typeId(address);
    fields[node] = fieldId(address);
    parent[node] = open;
    if (start[node] === stop[node] && isMissing(address) === 1) flat.missing.push(node);
    if (gotoFirstChild(address) === 1) {
      open = node;
      continue;
    }
    end[node] = node + 1;
    while (gotoNextSibling(address) === 0) {
      if (gotoParent(address) === 0) return;
      end[open] = node + 1;
      open = parent[open]!;
    }
  }
  // There are more nodes than room: what is still open ends with the room.
  flat.truncated = true;
  for (let node = size - 1; node >= 0; node = parent[node]!) end[node] = size;
}
