import { setTimeout as sleep } from 'node:timers/promises';

/** Less than mocha's, which would not say what was wrong. It bounds nothing that is tested: a busy machine may be slow. */
const PATIENCE_MS = 120_000;
/** Short beside whatever state is waited for. */
const LONGEST_PAUSE_MS = 50;

/**
 * Repeats `attempt` until it neither throws nor gives false: every 10 ms, and less often the longer it takes, since most
 * attempts are requests whose work the tests of the same machine wait for.
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
    const elapsed = performance.now() - start;
    if (elapsed > PATIENCE_MS) throw failure;
    await sleep(Math.min(LONGEST_PAUSE_MS, Math.max(10, elapsed / 20)));
  }
}
