/** Programs of PostgreSQL and tar, with no more of our environment than they need. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BackupError } from './backup-error.ts';

/** Of what a program says at its end. */
const MOST_WORDS = 4000;
/** A dump of hundreds of gigabytes ends within. */
const TOOL_MS = 6 * 3_600_000;

export interface Tool {
  path: string;
  args: string[];
  env?: Record<string, string>;
}

/**
 * @returns what it printed
 * @throws {BackupError} with its last words
 */
export async function runTool({ path, args, env = {} }: Tool): Promise<string> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const child = spawn(path, args, {
    env: { LC_ALL: 'C', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TOOL_MS,
  });
  let out = '';
  let words = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out = (out + text).slice(-MOST_WORDS);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-MOST_WORDS);
  });
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    if (code === 0) return out;
    throw new BackupError(`${name} failed (${signal ?? code}): ${words.trim()}`);
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw new BackupError(`${name} cannot be run.`, { cause: error });
  }
}
