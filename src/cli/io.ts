/** What a command has of the world: tests hand in another. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readEnvironment } from '../config.ts';

export interface Progress {
  /** @param percent of all; more each time */
  advance: (percent: number, message: string) => void;
  stop: (message: string) => void;
}

export interface Io {
  out: (text: string) => void;
  err: (text: string) => void;
  env: Record<string, string | undefined>;
  cwd: string;
  /** Characters of a line. */
  columns: number;
  /** A person sees a bar there, and a program nothing. */
  progress: (title: string) => Promise<Progress>;
  /** @returns false where nobody can be asked */
  confirm: (question: string) => Promise<boolean>;
  wait: (ms: number) => Promise<void>;
  now: () => Date;
  newId: () => string;
}

const WIDTH = 80;
const silent: Progress = { advance: () => {}, stop: () => {} };

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
    progress: async (title) => (isPerson ? bar(title) : silent),
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

async function bar(title: string): Promise<Progress> {
  const { progress } = await import('@clack/prompts');
  const shown = progress({ max: 100, size: 30, output: process.stderr });
  let last = 0;
  shown.start(title);
  return {
    advance(percent, message) {
      shown.advance(Math.max(0, percent - last), message);
      last = Math.max(last, percent);
    },
    stop: (message) => shown.stop(message),
  };
}
