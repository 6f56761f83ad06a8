/** Paths of files in a submission, whoever names them: a client in JSON, an upload, or an entry of an archive. */
import { z } from 'zod';

/** Characters. */
const MAX_PATH = 512;

/** Percent-encoded as well: whoever exports a submission later may decode it. */
function climbs(path: string): boolean {
  const decoded = path.replaceAll(/%2e/gi, '.').replaceAll(/%2f|%5c/gi, '/');
  return decoded.split(/[/\\]/).includes('..');
}

/** Relative, inside the submission, as a repository would list it. */
export const filePath = z
  .string()
  .min(1)
  .max(MAX_PATH)
  .refine((path) => !/\p{Cc}/u.test(path), { error: 'has control characters' })
  .refine((path) => !/^([/\\]|[A-Za-z]:)/.test(path), { error: 'must be relative' })
  .refine((path) => !climbs(path), { error: 'must not contain ..' });

/**
 * A name from outside as a path: `\` is how Windows writes `/`, and `./` says nothing.
 *
 * @returns null when it leaves its folder, hides characters, or is too long or empty
 */
export function toPath(name: string): string | null {
  const path = name
    .normalize('NFC')
    .replaceAll('\\', '/')
    .replace(/^(\.\/)+/, '');
  // Direction and invisible characters make a name look like another one.
  if (/[\p{Cf}\p{Zl}\p{Zp}\uFFFD]/u.test(path) || !path.isWellFormed()) return null;
  return filePath.safeParse(path).success ? path : null;
}

/** What two paths have in common that one of the usual file systems cannot keep apart. */
export function sameFile(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
