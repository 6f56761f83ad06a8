import { Parser, type Tree } from 'web-tree-sitter';

/**
 * Functions of web-tree-sitter's WebAssembly that are called without its JavaScript, which copies the cursor in and
 * out on each step: a third of the time. The cursor stays in the buffer that all of them share, where
 * `ts_tree_cursor_new_wasm` puts it, until `ts_tree_cursor_delete_wasm`; addresses are those of trees and parsers.
 */
interface RuntimeExports {
  /** Puts the root into the shared buffer, where a new cursor finds it. */
  ts_tree_root_node_wasm: (tree: number) => void;
  ts_tree_cursor_new_wasm: (tree: number) => void;
  ts_tree_cursor_delete_wasm: (tree: number) => void;
  /** Steps return 1 when there is such a node. */
  ts_tree_cursor_goto_first_child_wasm: (tree: number) => number;
  ts_tree_cursor_goto_next_sibling_wasm: (tree: number) => number;
  ts_tree_cursor_goto_parent_wasm: (tree: number) => number;
  /** Offsets in characters. */
  ts_tree_cursor_start_index_wasm: (tree: number) => number;
  ts_tree_cursor_end_index_wasm: (tree: number) => number;
  ts_tree_cursor_current_node_type_id_wasm: (tree: number) => number;
  ts_tree_cursor_current_field_id_wasm: (tree: number) => number;
  ts_tree_cursor_current_node_is_missing_wasm: (tree: number) => number;
  /** May be called while the parser parses. */
  ts_parser_enable_logger_wasm: (parser: number, enabled: 0 | 1) => void;
}

/** The types of the language have no WebAssembly outside of a browser's. */
declare const WebAssembly: {
  instantiate: (binary: Uint8Array, imports: object) => Promise<Instantiated>;
};

interface Instantiated {
  instance: { exports: unknown };
  module: unknown;
}

/** The library has one instance a thread, and so has this. */
const exportsOf = new WeakMap<typeof Parser, RuntimeExports>();

/** Starts the one instance of the library that a thread has. @param binary web-tree-sitter.wasm */
export async function startRuntime(binary: Uint8Array): Promise<void> {
  const options = {
    // Emscripten's way to have the instance made by somebody else: it hands its exports to nobody.
    instantiateWasm(
      imports: object,
      receive: (instance: Instantiated['instance'], module: unknown) => void,
    ) {
      void WebAssembly.instantiate(binary, imports).then(({ instance, module }) => {
        exportsOf.set(Parser, instance.exports as RuntimeExports);
        receive(instance, module);
      });
      return {};
    },
  };
  await Parser.init(options);
}

/** @throws Error before `startRuntime` */
export function runtime(): RuntimeExports {
  const exports = exportsOf.get(Parser);
  if (exports === undefined) throw new Error('web-tree-sitter was not started by startRuntime');
  return exports;
}

/** Where a tree or a parser is in the memory of WebAssembly. */
export function addressOf(owner: Tree | Parser): number {
  return (owner as unknown as readonly [address: number])[0];
}
