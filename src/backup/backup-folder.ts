/** The folder of all backups: each is a folder named by its time, there as a whole or not at all. */
import { chmod, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import { BackupError } from './backup-error.ts';

/** Beside the backups, not in them: who was erased stays erased when an older one is restored. */
export const TOMBSTONES = 'tombstones.jsonl';

const NAME = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z$/;
const PARTIAL = 'partial-';

/** `2026-11-30T18-00-00Z`: a colon is no part of a file name everywhere. */
export function nameOf(time: Date): string {
  return time
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');
}

/** Oldest first. */
export async function backupsIn(dir: string): Promise<string[]> {
  try {
    return (await readdir(dir)).filter((name) => NAME.test(name)).toSorted();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** @throws {BackupError} when there is none */
export async function newestIn(dir: string): Promise<string> {
  const newest = (await backupsIn(dir)).at(-1);
  if (newest !== undefined) return join(dir, newest);
  throw new BackupError(
    `There is no backup in ${dir}: make one by npm run backup, or set BACKUP_DIR.`,
  );
}

/**
 * @param write fills a folder that only its owner may enter
 * @returns its name, once it is durable and has its name
 */
export async function writeBackup(
  dir: string,
  now: Date,
  write: (folder: string) => Promise<void>,
): Promise<string> {
  const name = nameOf(now);
  const partial = join(dir, `${PARTIAL}${name}`);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  try {
    await mkdir(partial);
    await chmod(partial, 0o700);
    await write(partial);
    await sync(partial);
    await rename(partial, join(dir, name));
    await sync(dir);
    return name;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOTEMPTY') {
      throw new BackupError(`Another backup of this second is in ${dir}.`, { cause: error });
    }
    throw error;
  }
}

/** The newest stay; what a killed run left goes as well. @returns the names of the backups that were removed */
export async function removeOld(dir: string, keep: number): Promise<string[]> {
  const all = await backupsIn(dir);
  const old = all.slice(0, -keep);
  const newest = `${PARTIAL}${all.at(-1) ?? ''}`;
  const left = (await readdir(dir)).filter((name) => name.startsWith(PARTIAL) && name < newest);
  for (const name of [...old, ...left]) await rm(join(dir, name), { recursive: true, force: true });
  return old;
}

/** What was written, or the names in a folder, outlive a power cut. */
export async function sync(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}
