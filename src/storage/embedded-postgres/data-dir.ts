import { chmodSync, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

/** Where root keeps data and binaries when the checkout is closed to the user PostgreSQL runs as. */
export const systemDir = '/var/lib/sono-eval';

/** PostgreSQL refuses to run as root; `nobody` exists everywhere, so no account has to be added. */
export const unprivilegedUid = 65_534;

export interface DataDirOptions {
  /** `DATA_DIR`, if set: taken as it is. */
  configured: string | undefined;
  cwd: string;
  /** Of this process; undefined where there are no uids (Windows). */
  uid: number | undefined;
}

/** `./data`, unless we are root in a checkout that is closed to others. Absolute. */
export function resolveDataDir({ configured, cwd, uid }: DataDirOptions): string {
  if (configured !== undefined) return resolve(cwd, configured);
  const local = join(cwd, 'data');
  return uid === 0 && !isReachable(local, unprivilegedUid) ? systemDir : local;
}

/** Whether `uid` may enter every directory on the way to `path`, the last one included; what does not exist yet is not in the way. */
export function isReachable(path: string, uid: number): boolean {
  try {
    let dir = resolve(path);
    while (statSync(dir, { throwIfNoEntry: false }) === undefined) dir = dirname(dir);
    for (dir = realpathSync(dir); dir !== dirname(dir); dir = dirname(dir)) {
      if (!mayEnter(dir, uid)) return false;
    }
    return true;
  } catch {
    // Not even we may look.
    return false;
  }
}

function mayEnter(dir: string, uid: number): boolean {
  const { mode, uid: owner, gid } = statSync(dir);
  if (owner === uid) return (mode & 0o100) !== 0;
  return (mode & (gid === uid ? 0o010 : 0o001)) !== 0;
}

/**
 * Makes the directory and those above it, whatever the umask: private for a normal user, open to
 * pass through for root, whose PostgreSQL is another user.
 * @returns the path with symbolic links resolved
 * @throws {EmbeddedPostgresError} when it cannot be made, or `asUid` cannot enter it
 */
export function prepareDataDir(path: string, asUid: number | undefined): string {
  const mode = asUid === undefined ? 0o700 : 0o711;
  try {
    // Not mkdir's `recursive`, which never returns where a directory cannot hold another (/proc).
    for (const dir of missingDirectories(path)) {
      // Another start may have made it in the meantime.
      if (!existsSync(dir)) mkdirSync(dir);
      chmodSync(dir, mode);
    }
    if (!statSync(path).isDirectory()) throw new Error('It is not a directory.');
  } catch (error) {
    throw new EmbeddedPostgresError(`The data directory ${path} cannot be made.`, { cause: error });
  }
  if (asUid !== undefined && !isReachable(path, asUid)) {
    throw new EmbeddedPostgresError(
      `The data directory ${path} lies under a directory that user ${asUid} cannot enter, and ` +
        'PostgreSQL started by root runs as that user: set DATA_DIR to another place, or start as a normal user.',
    );
  }
  return realpathSync(path);
}

/** Outermost first. */
function missingDirectories(path: string): string[] {
  const missing: string[] = [];
  let dir = resolve(path);
  for (; statSync(dir, { throwIfNoEntry: false }) === undefined; dir = dirname(dir)) {
    missing.unshift(dir);
  }
  return missing;
}
