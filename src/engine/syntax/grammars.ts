import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Language as Grammar, Parser } from 'web-tree-sitter';
import { startRuntime } from './tree-sitter-runtime.ts';
import { languageTables, parsedOnly } from './languages/tables.ts';

/** Parsers for every known language, ready for synchronous use in this thread. */
export interface Grammars {
  /** Null when the language has no grammar. */
  parser(language: string): Parser | null;
  /** SHA-256 over the runtime and every grammar, in a fixed order: part of the engine fingerprint. */
  hash: string;
}

/**
 * Loads the runtime and all grammars (about 100 ms, 120 MB resident). The one piece of I/O of the
 * engine: a worker thread does it once at its start.
 */
export async function loadGrammars(): Promise<Grammars> {
  const resolve = createRequire(import.meta.url).resolve;
  const sum = createHash('sha256');
  const library = await readFile(resolve('web-tree-sitter/web-tree-sitter.wasm'));
  sum.update(library);
  await startRuntime(library);
  const parsers = new Map<string, Parser>();
  for (const [language, grammar] of grammarFiles()) {
    const bytes = await readFile(
      resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${grammar}.wasm`),
    );
    sum.update(bytes);
    const parser = new Parser();
    parser.setLanguage(await Grammar.load(bytes));
    parsers.set(language, parser);
  }
  return { parser: (language) => parsers.get(language) ?? null, hash: sum.digest('hex') };
}

function grammarFiles(): [language: string, grammar: string][] {
  const full = Object.values(languageTables).map((table): [string, string] => [
    table.language,
    table.grammar,
  ]);
  return [...full, ...Object.entries(parsedOnly)].sort(([a], [b]) => (a < b ? -1 : 1));
}
