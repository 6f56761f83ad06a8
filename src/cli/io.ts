/** What a command has of the world: tests hand in another. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readEnvironment } from '../config.ts';

/** @param percent of all; more each time */
export type Advance = (percent: number, message: string) => void;

export interface Io {
  out: (text: string) => void;
  err: (text: string) => void;
  env: Record<string, string | undefined>;
  cwd: string;
  /** Characters of a line. */
  columns: number;
  /** A person sees a bar while `work` goes on, and a program nothing. */
  progress: <T>(title: string, work: (advance: Advance) => Promise<T>) => Promise<T>;
  /** @returns false where nobody can be asked */
  confirm: (question: string) => Promise<boolean>;
  wait: (ms: number) => Promise<void>;
  now: () => Date;
  newId: () => string;
}

const WIDTH = 80;

export function processIo(newId: () => string): Io {
  const { stdin, stdout, stderr } = process;
  const env = readEnvironment();
  const isPerson = stderr.isTTY && !env['CI'] && env['TERM'] !== 'dumb';
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    env,
    cwd: process.cwd(),
    columns: stdout.isTTY ? stdout.columns : WIDTH,
    progress: (title, work) => (isPerson ? withBar(title, work) : work(() => {})),
    async confirm(question) {
      if (!isPerson || !stdin.isTTY) return false;
      const { confirm } = await import('@clack/prompts');
      return (await confirm({ message: question, initialValue: false, output: stderr })) === true;
    },
    wait: (ms) => sleep(ms),
    now: () => new Date(),
    newId,
  };
}

async function withBar<T>(title: string, work: (advance: Advance) => Promise<T>): Promise<T> {
  const { progress } = await import('@clack/prompts');
  const shown = progress({ max: 100, size: 30, output: process.stderr, withGuide: false });
  let last = 0;
  shown.start(title);
  try {
    return await work((percent, message) => {
      shown.advance(Math.max(0, percent - last), message);
      last = Math.max(last, percent);
    });
  } finally {
    // What came of it follows.
    shown.clear();
  }
}
