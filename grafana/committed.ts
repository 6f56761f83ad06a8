/** Files that are generated and committed: written, or with `--check` compared with what is there. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Committed {
  /** A folder that holds nothing else with this ending. */
  folder: string;
  ending: string;
  /** File name → content. */
  files: ReadonlyMap<string, string>;
}

/** @returns the names of the files that are missing, differ, or should not be there */
export function staleFiles({ folder, ending, files }: Committed): string[] {
  const present = readdirSync(folder).filter((file) => file.endsWith(ending));
  const stale = present.filter(
    (file) => readFileSync(join(folder, file), 'utf8') !== files.get(file),
  );
  return [...stale, ...[...files.keys()].filter((file) => !present.includes(file))];
}

/** The command line: with `--check` it writes nothing and fails when something is stale. */
export function build(committed: Committed, command: string): void {
  const stale = staleFiles(committed);
  if (process.argv.includes('--check')) {
    if (stale.length === 0) return;
    process.stderr.write(`Not fresh: ${stale.join(', ')}. Run: ${command}\n`);
    process.exitCode = 1;
    return;
  }
  for (const file of stale) {
    const content = committed.files.get(file);
    if (content === undefined) rmSync(join(committed.folder, file));
    else writeFileSync(join(committed.folder, file), content);
  }
}
