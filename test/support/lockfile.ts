/**
 * `npm run lockfile` after every `npm install`: enters the optional packages of other platforms that
 * npm left out. A registry mirror that lacks them makes npm write a lock file that `npm ci` refuses.
 */
import { readFileSync, writeFileSync } from 'node:fs';

export interface LockedPackage {
  version?: string;
  cpu?: string[];
  dev?: boolean;
  libc?: string[];
  optional?: boolean;
  os?: string[];
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
  lock.packages = Object.fromEntries(sorted);
  writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${Object.keys(missing).length} packages entered\n`);
}
