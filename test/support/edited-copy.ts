import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * A copy of the service with one of its files changed: what somebody would run who edits an image.
 *
 * @param folder where it comes to lie; has to exist
 */
export function editedCopy(folder: string, file: string, edit: (text: string) => string): void {
  for (const part of ['src', 'telemetry', 'package.json'])
    cpSync(part, join(folder, part), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const path = join(folder, file);
  const before = readFileSync(path, 'utf8');
  const after = edit(before);
  if (after === before) throw new Error(`Nothing was changed in ${file}.`);
  writeFileSync(path, after);
}
