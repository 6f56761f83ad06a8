/** A process of a test or an experiment, from the line that says that it is ready to its end. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** @throws {Error} when it ends before it has said so */
export async function untilSaid(child: ChildProcess, said: RegExp): Promise<void> {
  if (child.stdout === null) throw new Error('It has no output.');
  for await (const line of createInterface({ input: child.stdout })) {
    if (!said.test(line)) continue;
    // A full pipe would hold it.
    child.stdout.resume();
    return;
  }
  throw new Error(`${child.spawnargs.join(' ')} ended with ${child.exitCode}.`);
}

/** @returns its exit code; null: the signal ended it */
export async function endBy(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exit = once(child, 'exit') as Promise<[number | null]>;
  child.kill(signal);
  return (await exit)[0];
}

/** At once, if it still runs. */
export async function killChild(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await endBy(child, 'SIGKILL');
}
