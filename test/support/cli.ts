import { randomUUIDv7 } from 'node:crypto';
import type { Io } from '#src/cli/io.ts';
import { run } from '#src/cli/program.ts';

export interface Outcome {
  code: number;
  out: string;
  err: string;
  /** Milliseconds that it would have waited. */
  waited: number[];
}

/** The program in this process, with nobody at the terminal. @param given in place of what a test has */
export async function cli(args: string[], given: Partial<Io> = {}): Promise<Outcome> {
  const outcome: Outcome = { code: -1, out: '', err: '', waited: [] };
  outcome.code = await run(args, {
    out: (text) => void (outcome.out += text),
    err: (text) => void (outcome.err += text),
    env: {},
    cwd: process.cwd(),
    columns: 80,
    progress: (_title, work) => work(() => {}),
    confirm: () => Promise.resolve(false),
    // A turn, in which a job can go on.
    wait: (ms) =>
      new Promise((resolve) => {
        outcome.waited.push(ms);
        setTimeout(resolve, 20);
      }),
    now: () => new Date(),
    newId: () => randomUUIDv7(),
    ...given,
  });
  return outcome;
}
