/** Which files of packages nobody reads in a container. Licences and notices stay. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Types, maps, sources of what is compiled, and texts for who develops with it. */
const unread = /(\.(map|md|markdown|ts|mts|cts|flow|tsbuildinfo)|\/(\.[^/]+|CHANGELOG[^/]*))$/i;
const licence = /\/(licen[cs]e|notice|copying|third[-_]party)[^/]*$/i;

/** Of packages with many builds: files beside those that are read, by the beginnings of their paths. */
const unusedBuilds: Record<string, RegExp> = {
  // Served by src/http/routing/docs.ts.
  'swagger-ui-dist':
    /^(?!(package\.json|swagger-ui\.css|swagger-ui-bundle\.js|favicon-32x32\.png)$)/,
  // src/features/reports/html/style.ts has colours of its own.
  'highlight.js': /^(styles|scss)\//,
  'web-tree-sitter': /^debug\//,
};

export function removeFiles(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && unread.test(path) && !licence.test(path)) rmSync(path);
  }
  for (const [name, unused] of Object.entries(unusedBuilds)) {
    const root = join(folder, name);
    for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      if (unused.test(file) && !licence.test(`/${file}`)) {
        rmSync(join(root, file), { recursive: true, force: true });
      }
    }
  }
}
