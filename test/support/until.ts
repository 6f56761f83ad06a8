import { setTimeout as sleep } from 'node:timers/promises';

/** Less than mocha's, which would not say what was wrong. It bounds nothing that is tested: a busy machine may be slow. */
const PATIENCE_MS = 120_000;

/**
 * Repeats `attempt` every 10 ms until it neither throws nor gives false.
 * @returns how long that took, in milliseconds, for a figure in a report
 * @throws the last error, or a sentence, after a time that only what never becomes true takes
 */
export async function until(
  attempt: () => boolean | void | Promise<boolean | void>,
): Promise<number> {
  const start = performance.now();
  for (;;) {
    let failure: unknown = new Error('The condition did not become true.');
    try {
      if ((await attempt()) !== false) return performance.now() - start;
    } catch (error) {
      failure = error;
    }
    if (performance.now() - start > PATIENCE_MS) throw failure;
    await sleep(10);
  }
}
