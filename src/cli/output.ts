/** Where what a command has to say goes: standard output, or a file that is written as a whole. */
import { rename, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CliError } from './exit-codes.ts';
import type { Io } from './io.ts';

/** @param file undefined, or `-`: standard output */
export async function write(io: Io, text: string, file?: string): Promise<void> {
  const whole = text.endsWith('\n') ? text : `${text}\n`;
  if (file === undefined || file === '-') return io.out(whole);
  const path = resolve(io.cwd, file);
  try {
    await writeFile(`${path}.partial`, whole, { mode: 0o600 });
    await rename(`${path}.partial`, path);
  } catch (cause) {
    throw new CliError(`${file} cannot be written.`, undefined, { cause });
  }
  io.err(`Written to ${file}.\n`);
}
