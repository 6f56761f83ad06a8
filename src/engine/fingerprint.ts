import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Where results come from besides the submission: the code, the rubrics, the grammars, the runtime. */
const runtime = 'web-tree-sitter/web-tree-sitter.wasm';
/** One of the grammars; their package tells its version beside their folder. */
const grammar = '@vscode/tree-sitter-wasm/wasm/tree-sitter-python.wasm';

/**
 * Differs whenever the engine could judge differently, so that no release ever serves what another one has
 * judged, whether or not somebody thought of raising a version.
 */
export function engineFingerprint(): string {
  const sum = createHash('sha256').update(process.version);
  for (const file of filesOf(import.meta.dirname)) sum.update(readFileSync(file));
  const { resolve } = createRequire(import.meta.url);
  sum.update(readFileSync(resolve(runtime)));
  sum.update(readFileSync(join(dirname(resolve(grammar)), '..', 'package.json')));
  return sum.digest('base64url');
}

function filesOf(path: string): string[] {
  if (path.endsWith('.ts') || path.endsWith('.json')) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
