import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

/**
 * One service for each data directory. PostgreSQL's own `postmaster.pid` cannot serve: it says that
 * a server runs, not whether the service that started it still lives. A lock names its owner by
 * process id and start time (ids are reused, soonest in containers); that of a dead owner is taken over.
 * Owners in different pid namespaces do not see each other: share no data directory between containers.
 * @returns a function that gives the lock back
 * @throws {EmbeddedPostgresError} when a living process holds it
 */
export function lockDataDir(path: string, dataDir: string): () => void {
  const own = `${process.pid} ${startTime(process.pid) ?? ''}`;
  while (!createLock(path, own)) {
    const found = readLock(path);
    if (found === undefined) continue;
    if (isOwnerAlive(found)) throw inUse(dataDir, found);
    takeAway(path, found, dataDir);
  }
  return () => {
    if (readLock(path) === own) rmSync(path, { force: true });
  };
}

function createLock(path: string, content: string): boolean {
  // Written aside and linked, so that nobody ever reads a lock without its owner.
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, content, { mode: 0o600 });
  try {
    linkSync(aside, path);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Between our reading and our removal another start may have put its own lock there: look again, put it back. */
function takeAway(path: string, stale: string, dataDir: string): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  const taken = readLock(aside);
  try {
    if (taken === undefined || taken === stale) return;
    linkSync(aside, path);
    throw inUse(dataDir, taken);
  } finally {
    rmSync(aside, { force: true });
  }
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isOwnerAlive(lock: string): boolean {
  const [pid = '', started = ''] = lock.split(' ');
  return isAlive(Number(pid)) && (started === '' || started === startTime(Number(pid)));
}

function inUse(dataDir: string, lock: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The data directory ${dataDir} is in use by process ${lock.split(' ')[0]}: stop that service first, or set DATA_DIR to another place.`,
  );
}

/** Whether a process with this id exists, whoever owns it; a dead one that nobody has collected does. */
export function exists(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

/** Not so a zombie: its parent (a container without an init, say) may never collect it. */
export function isAlive(pid: number): boolean {
  return exists(pid) && statOf(pid)[0] !== 'Z';
}

/** Clock ticks from boot to the start of the process; undefined where there is no /proc. */
function startTime(pid: number): string | undefined {
  return statOf(pid)[19];
}

/** What the kernel says of a process, from field 3 on: its state. Empty where there is no /proc. */
function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is a name in parentheses that may itself contain anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
