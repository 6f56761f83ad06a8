/**
 * `npm run lockfile` after every `npm install`:
 *
 * - Enters the optional packages of other platforms that npm left out. A registry mirror that lacks
 *   them makes npm write a lock file that `npm ci` refuses.
 * - Takes out which Node.js each package asks for. npm compares that with the Node.js it runs on
 *   itself, and not with the one that it installs and that runs the service: 410 lines of EBADENGINE
 *   from a supported Node.js 20. `npm install` of a new package still warns, from its manifest.
 */
import { readFileSync, writeFileSync } from 'node:fs';

export interface LockedPackage {
  version?: string;
  cpu?: string[];
  dev?: boolean;
  engines?: unknown;
  hasInstallScript?: boolean;
  integrity?: string;
  libc?: string[];
  link?: boolean;
  optional?: boolean;
  os?: string[];
  /** Left out for packages of the registry (.npmrc). */
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

export type LockedPackages = Record<string, LockedPackage>;

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const cpus = ['arm64', 'ia32', 'x64', 'ppc64', 'riscv64', 's390x', 'loong64', 'wasm32', 'arm'];

/** Places in which npm looks for a dependency of the package at `from`, nearest first. */
function places(from: string, name: string): string[] {
  const parts = from === '' ? [] : from.split('/node_modules/');
  const folders = parts.map((_, index) =>
    parts.slice(0, parts.length - index).join('/node_modules/'),
  );
  return [...folders, ''].map(
    (folder) => `${folder === '' ? '' : `${folder}/`}node_modules/${name}`,
  );
}

/** Optional dependencies of locked packages that are themselves not locked. */
export function missingOptional(packages: LockedPackages): LockedPackages {
  const missing: LockedPackages = {};
  for (const [from, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (places(from, name).some((place) => place in packages)) continue;
      missing[`node_modules/${name}`] = entry(name, version, dev === true);
    }
  }
  return missing;
}

/** What optional packages ask for decides whether they are installed, so it stays. */
export function withoutEngines(packages: LockedPackages): LockedPackages {
  const kept = ([place, locked]: [string, LockedPackage]): [string, LockedPackage] => {
    if (place === '' || locked.optional === true) return [place, locked];
    const { engines: _, ...rest } = locked;
    return [place, rest];
  };
  return Object.fromEntries(Object.entries(packages).map(kept));
}

function entry(name: string, version: string, dev: boolean): LockedPackage {
  const words = (name.split('/').at(-1) ?? '').split('-');
  const os = systems.find((system) => words.includes(system));
  const cpu = cpus.find((candidate) => words.includes(candidate));
  const last = words.at(-1) ?? '';
  const libc = last.startsWith('musl') ? 'musl' : last.startsWith('gnu') ? 'glibc' : undefined;
  return {
    version: version.replace(/^[\^~]/, ''),
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(dev ? { dev } : {}),
    ...(libc === undefined ? {} : { libc: [libc] }),
    optional: true,
    ...(os === undefined ? {} : { os: [os] }),
  };
}

if (import.meta.main) {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: LockedPackages;
  };
  const missing = missingOptional(lock.packages);
  const sorted = Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  lock.packages = withoutEngines(Object.fromEntries(sorted));
  writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${Object.keys(missing).length} packages entered\n`);
}
