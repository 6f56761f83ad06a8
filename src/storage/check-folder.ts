import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, DependencyError } from '../errors.ts';

/**
 * Writes a file there and reads it back.
 * @throws {DependencyError} of the file system; it names no path
 */
export async function checkFolder(folder: string): Promise<void> {
  const path = join(folder, `.probe-${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true });
    try {
      await writeFile(path, 'probe');
      if ((await readFile(path, 'utf8')) !== 'probe') {
        throw new Error('A file read back differently.');
      }
    } finally {
      await rm(path, { force: true });
    }
  } catch (cause) {
    const what = `The data folder cannot be written and read: ${codeOf(cause) || 'it read back differently'}.`;
    throw new DependencyError('filesystem', 'unknown', what, { cause });
  }
}
