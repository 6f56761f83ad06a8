/** Uploads in a backup: the contents that rows name, each under its SHA-256. */
import { copyFile, constants, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../errors.ts';
import { createBlobs } from '../features/files/blobs.ts';
import { BackupError } from './backup-error.ts';
import { sync } from './backup-folder.ts';
import { sha256Of } from './manifest.ts';

/** In a backup and in DATA_DIR. */
export const UPLOADS = 'files';

/**
 * @param stillNamed whether a row names it now: what was erased meanwhile need not be there
 * @returns those that were copied, and their bytes
 */
export async function copyUploads(
  from: string,
  to: string,
  hashes: readonly string[],
  stillNamed: (sha256: string) => Promise<boolean>,
): Promise<{ copied: string[]; bytes: number }> {
  const [source, target] = [createBlobs(from), createBlobs(to)];
  const copied: string[] = [];
  let bytes = 0;
  for (const sha256 of hashes) {
    const path = target.pathOf(sha256);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      await copyFile(source.pathOf(sha256), path, constants.COPYFILE_FICLONE);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      if (!(await stillNamed(sha256))) continue;
      throw new BackupError(
        `The upload ${sha256} is not in ${from}: set DATA_DIR to the folder of the service.`,
        { cause: error },
      );
    }
    await sync(path);
    bytes += (await stat(path)).size;
    copied.push(sha256);
  }
  return { copied, bytes };
}

/** @throws {BackupError} for one that is missing or is not what its name says */
export async function checkUploads(folder: string, hashes: readonly string[]): Promise<void> {
  const blobs = createBlobs(folder);
  for (const sha256 of hashes) {
    const found = await sha256Of(blobs.pathOf(sha256)).catch(() => 'missing');
    if (found !== sha256)
      throw new BackupError(`The upload ${sha256} in ${folder} is damaged or missing.`);
  }
}
