/**
 * Leaves of `node_modules` what a container loads, and of a CycloneDX document what is left:
 * `node deploy/image/prune.ts all.cdx.json sbom.cdx.json`, in the folder of an `npm ci --omit=dev`.
 * The Dockerfile runs it, and `npm run image` whatever is in the image after it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { removeFiles } from './files.ts';
import { removePackages } from './packages.ts';

interface Bom {
  metadata: { component: { name: string; version: string } };
  components: { 'bom-ref': string; scope?: string; properties?: unknown }[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) throw new Error('Usage: prune.ts FROM TO');
const bom = JSON.parse(readFileSync(from, 'utf8')) as Bom;
const left = await removePackages(process.cwd());
removeFiles('node_modules');

const components = bom.components
  .filter((one) => left.has(one['bom-ref']))
  // Which of them development needs, too, is nothing about the image.
  .map((one) => ({ ...one, scope: 'required', properties: undefined }));
if (components.length !== left.size) {
  throw new Error(`${left.size} packages are left, and ${components.length} of them are listed.`);
}
// The first one is the service.
const dependencies = bom.dependencies
  .filter(({ ref }, index) => index === 0 || left.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => left.has(one)) }));
// npm names it after the folder.
const { name } = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string };
const metadata = { ...bom.metadata, component: { ...bom.metadata.component, name } };
writeFileSync(to, `${JSON.stringify({ ...bom, metadata, components, dependencies }, null, 2)}\n`);
process.stdout.write(`${left.size} packages are left.\n`);
