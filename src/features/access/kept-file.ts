import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { codeOf } from '../../errors.ts';

/** All of it or nothing, for its owner only. @returns false where the file exists */
export function writeOnce(path: string, text: string): boolean {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** What is in the file, which is made with this text when there is none. */
export function readOrMake(path: string, text: string): string {
  return writeOnce(path, `${text}\n`) ? text : readFileSync(path, 'utf8').trim();
}
