/**
 * Writes the dashboards as the JSON that Grafana is provisioned with: `npm run dashboards`.
 * With `--check` it writes nothing and fails when the committed files are not what would be written.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { catalogue } from './catalogue.ts';

const folder = fileURLToPath(new URL('./provisioning/dashboards/', import.meta.url));

/** File name → content. */
export function generatedDashboards(): Map<string, string> {
  return new Map(
    catalogue.map((dashboard) => [
      `${dashboard.uid.replace(/^api-/, '')}.json`,
      `${JSON.stringify(dashboard, null, 2)}\n`,
    ]),
  );
}

/** @returns the names of the files that are missing, differ, or should not be there */
export function staleDashboards(): string[] {
  const wanted = generatedDashboards();
  const present = readdirSync(folder).filter((file) => file.endsWith('.json'));
  const stale = present.filter((file) => readFileSync(folder + file, 'utf8') !== wanted.get(file));
  const missing = [...wanted.keys()].filter((file) => !present.includes(file));
  return [...stale, ...missing];
}

function write(): void {
  mkdirSync(folder, { recursive: true });
  for (const file of staleDashboards()) rmSync(folder + file, { force: true });
  for (const [file, content] of generatedDashboards()) writeFileSync(folder + file, content);
}

if (import.meta.main) {
  if (!process.argv.includes('--check')) write();
  const stale = staleDashboards();
  if (stale.length > 0) {
    process.stderr.write(`Not fresh: ${stale.join(', ')}. Run: npm run dashboards\n`);
    process.exitCode = 1;
  }
}
