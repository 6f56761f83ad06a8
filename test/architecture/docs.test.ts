/** A stranger follows the files that ARCHITECTURE.md and README.md name: each of them exists. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folders = ['src', 'telemetry', 'grafana', 'prometheus', 'deploy', 'test'];
const files = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
);

/** Paths in code quotes; `*` and `{a,b}` stand for several, and a bare name for a file of that name. */
function missing(document: string): string[] {
  const named = document.matchAll(/`([\w./*{},-]+\.(?:ts|cjs|yml|md|json))`/g);
  return [...named]
    .map(([, path = '']) => path)
    .filter((path) => !path.startsWith('/'))
    .filter((path) => {
      const pattern = path
        .replaceAll('.', '\\.')
        .replaceAll('*', '[^/]*')
        .replaceAll(/\{([^}]*)\}/g, (_, names: string) => `(?:${names.replaceAll(',', '|')})`);
      const end = new RegExp(`(?:^|/)${pattern}$`);
      return !files.some((file) => end.test(file));
    });
}

describe('the files that documents name', () => {
  for (const name of ['ARCHITECTURE.md', 'README.md', 'SECURITY.md']) {
    it(`exist: ${name}`, () => {
      assert.deepEqual(missing(readFileSync(name, 'utf8')), []);
    });
  }

  it('would be missed', () => {
    assert.deepEqual(missing('`src/app.ts` `cache/nowhere.ts` `resilience/*/metrics.ts`'), [
      'cache/nowhere.ts',
    ]);
  });
});
