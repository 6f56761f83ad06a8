import type { Language as Grammar, Tree } from 'web-tree-sitter';
import { copyTree } from './copy-tree.ts';
import type { Kind, LanguageTable } from './languages/language-table.ts';

/** Nodes after which a file is cut: 400,000 nodes are about 10 MB of plain arrays. */
const nodeLimit = 400_000;
const errorType = 65_535;

/**
 * A syntax tree copied out of WebAssembly into plain arrays, in source order. The subtree of `n` is
 * the run `n … end[n] - 1`, so that every walk is a loop: 100,000 levels of nesting can't overflow a
 * stack, and nothing downstream holds WebAssembly memory.
 */
export class SyntaxTree {
  /** As it was written. */
  readonly written: string;
  /** What offsets are of. */
  source: string;
  readonly table: LanguageTable;
  /** Number of nodes. */
  readonly size: number;
  /** The node limit was hit: the rest of the file is missing. */
  readonly truncated: boolean;
  readonly parent: Int32Array;
  readonly end: Int32Array;
  readonly start: Int32Array;
  readonly stop: Int32Array;
  readonly missing: readonly number[];
  /** One number a node for whoever walks a subtree; each walk overwrites what it reads. */
  readonly scratch: Int32Array;
  /** Texts of names by node: see `wordOf`. */
  readonly words: string[];
  /** By question and by node: see `oncePerNode`. */
  readonly answers = new Map<unknown, unknown[]>();
  /** Numbers of the nodes' types in `grammar`. */
  readonly typeNumbers: Uint16Array;
  readonly grammar: GrammarNames;
  readonly #fields: Uint16Array;
  readonly #lineStarts: Int32Array;
  #line = 0;
  #byType: NodesByType | undefined;

  constructor(tree: Tree, source: string, table: LanguageTable) {
    const flat = copyTree(tree, nodeLimit);
    this.written = source;
    this.source = source;
    this.table = table;
    this.size = flat.size;
    this.truncated = flat.truncated;
    this.parent = flat.parent;
    this.end = flat.end;
    this.start = flat.start;
    this.stop = flat.stop;
    this.missing = flat.missing;
    this.scratch = new Int32Array(flat.size);
    // oxlint-disable-next-line unicorn/no-new-array -- filled where it is asked
    this.words = new Array(flat.size);
    this.typeNumbers = flat.types;
    this.#fields = flat.fields;
    this.grammar = namesOf(tree.language, table);
    // So that errors are found in the grammar's lists like everything else.
    const { types } = flat;
    for (let at = types.indexOf(errorType); at >= 0; at = types.indexOf(errorType, at + 1))
      types[at] = this.grammar.error;
    this.#lineStarts = lineStartsOf(source);
  }

  /** Puts a text in the place of the source; lines stay those of what was written. @param at where each offset goes */
  replaceSource(text: string, at: Int32Array): void {
    this.source = text;
    for (const offsets of [this.start, this.stop, this.#lineStarts])
      for (let index = 0; index < offsets.length; index += 1) offsets[index] = at[offsets[index]!]!;
  }

  kind(node: number): Kind | undefined {
    // An index below zero is a property to an array, and takes a hundred times as long.
    return node < 0 ? undefined : this.grammar.kinds[this.typeNumbers[node]!];
  }

  type(node: number): string {
    return this.grammar.types[this.typeNumber(node)] ?? '';
  }

  typeNumber(node: number): number {
    return node < 0 ? 0 : (this.typeNumbers[node] ?? 0);
  }

  named(node: number): boolean {
    return node >= 0 && this.grammar.named[this.typeNumbers[node]!] === true;
  }

  isError(node: number): boolean {
    return this.typeNumbers[node] === this.grammar.error;
  }

  isStatement(node: number): boolean {
    return node >= 0 && this.grammar.statements[this.typeNumbers[node]!] === true;
  }

  fieldName(node: number): string | null {
    return this.grammar.fields[this.#fields[node] ?? 0] ?? null;
  }

  text(node: number): string {
    return this.source.slice(this.start[node], this.stop[node]);
  }

  /** Text of a node that may be large: never more than `limit` characters. */
  excerpt(node: number, limit: number): string {
    const start = this.start[node] ?? 0;
    return this.source.slice(start, Math.min(this.stop[node] ?? 0, start + limit));
  }

  isLeaf(node: number): boolean {
    return this.end[node] === node + 1;
  }

  endOf(node: number): number {
    return this.end[node] ?? this.size;
  }

  parentOf(node: number): number {
    return this.parent[node] ?? -1;
  }

  /** Child in the first of the given fields that is filled, or -1. */
  field(node: number, ...names: string[]): number {
    if (node < 0) return -1;
    const end = this.endOf(node);
    if (end === node + 1) return -1;
    for (const name of names) {
      const field = this.grammar.fieldIds.get(name);
      if (field === undefined) continue;
      for (let child = node + 1; child < end; child = this.endOf(child))
        if (this.#fields[child] === field) return child;
    }
    return -1;
  }

  children(node: number): number[] {
    const found: number[] = [];
    const end = this.endOf(node);
    for (let child = node + 1; child < end; child = this.endOf(child)) found.push(child);
    return found;
  }

  namedChildren(node: number): number[] {
    const found: number[] = [];
    const end = this.endOf(node);
    for (let child = node + 1; child < end; child = this.endOf(child))
      if (this.named(child) && this.kind(child) !== 'comment') found.push(child);
    return found;
  }

  /** Nearest node above that has one of the kinds, or -1. */
  above(node: number, ...kinds: Kind[]): number {
    let up = this.parentOf(node);
    while (up >= 0) {
      const kind = this.kind(up);
      if (kind !== undefined && kinds.includes(kind)) return up;
      up = this.parentOf(up);
    }
    return -1;
  }

  /** All nodes by their types. */
  byType(): NodesByType {
    return (this.#byType ??= sortedByType(this));
  }

  /** 1-based line of an offset. */
  lineAt(offset: number): number {
    const starts = this.#lineStarts;
    // Walks are mostly in source order, so the last answer is usually right or next.
    let line = this.#line;
    if ((starts[line] ?? 0) > offset || (starts[line + 8] ?? Infinity) <= offset) {
      line = searchLine(starts, offset);
    }
    while ((starts[line + 1] ?? Infinity) <= offset) line += 1;
    this.#line = line;
    return line + 1;
  }

  /** Text of a 1-based line, to the end of the statement that begins on it or goes on there. */
  lineText(line: number): string {
    const from = this.#lineStarts[line - 1] ?? this.source.length;
    const end = this.source.indexOf('\n', from);
    return this.source.slice(from, end < 0 ? undefined : end);
  }

  startLine(node: number): number {
    return this.lineAt(this.start[node] ?? 0);
  }

  /** Line of the last character: a node that ends with a line break ends on the line before it. */
  endLine(node: number): number {
    const start = this.start[node] ?? 0;
    return this.lineAt(Math.max(start, (this.stop[node] ?? 0) - 1));
  }
}

/** The nodes of a type `t` are `nodes[first[t]] … nodes[first[t + 1] - 1]`, in source order. */
interface NodesByType {
  nodes: Int32Array;
  first: Int32Array;
}

function sortedByType({ typeNumbers, size, grammar }: SyntaxTree): NodesByType {
  const first = new Int32Array(grammar.types.length + 1);
  for (let node = 0; node < size; node += 1) first[typeNumbers[node]! + 1]! += 1;
  for (let type = 1; type < first.length; type += 1) first[type]! += first[type - 1]!;
  const next = first.slice();
  const nodes = new Int32Array(size);
  for (let node = 0; node < size; node += 1) nodes[next[typeNumbers[node]!]!++] = node;
  return { nodes, first };
}

/** A grammar in the words of a table, by number of a type. */
export interface GrammarNames {
  table: LanguageTable;
  types: string[];
  /** Number after those of the grammar, for what did not parse. */
  error: number;
  kinds: (Kind | undefined)[];
  named: boolean[];
  statements: boolean[];
  fields: (string | null)[];
  fieldIds: Map<string, number>;
}

const nameCache = new WeakMap<Grammar, Map<LanguageTable, GrammarNames>>();

function namesOf(grammar: Grammar, table: LanguageTable): GrammarNames {
  const known = nameCache.get(grammar) ?? new Map<LanguageTable, GrammarNames>();
  nameCache.set(grammar, known);
  const names = known.get(table) ?? readNames(grammar, table);
  known.set(table, names);
  return names;
}

function readNames(grammar: Grammar, table: LanguageTable): GrammarNames {
  const byType = new Map<string, Kind>();
  for (const [kind, types] of Object.entries(table.kinds)) {
    for (const type of types.split(' ')) byType.set(type, kind as Kind);
  }
  const statements = new Set(table.statements.split(' '));
  const types = Array.from(
    { length: grammar.nodeTypeCount },
    (_, id) => grammar.nodeTypeForId(id) ?? '',
  );
  const named = types.map((_, id) => grammar.nodeTypeIsNamed(id));
  const fields = Array.from({ length: grammar.fieldCount }, (_, id) =>
    grammar.fieldNameForId(id + 1),
  );
  return {
    table,
    types: [...types, 'ERROR'],
    error: types.length,
    named: [...named, true],
    // `this`, `self`, `null` and the like are unnamed in some grammars.
    kinds: [
      ...types.map((type, id) => (named[id] || leafWords.has(type) ? byType.get(type) : undefined)),
      undefined,
    ],
    statements: [...types.map((type, id) => named[id] === true && statements.has(type)), false],
    fields: [null, ...fields],
    fieldIds: new Map(fields.map((name, id) => [name ?? '', id + 1])),
  };
}

const leafWords = new Set(['this', 'base', 'super']);

function lineStartsOf(source: string): Int32Array {
  let count = 1;
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) count += 1;
  const starts = new Int32Array(count);
  let line = 1;
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) {
    starts[line] = at + 1;
    line += 1;
  }
  return starts;
}

function searchLine(starts: Int32Array, offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
