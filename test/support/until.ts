import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Repeats `attempt` every 10 ms until it neither throws nor gives false.
 * @returns how long that took, in milliseconds
 * @throws the last error, or a sentence, when `withinMs` are over
 */
export async function until(
  attempt: () => boolean | void | Promise<boolean | void>,
  withinMs = 5000,
): Promise<number> {
  const start = performance.now();
  for (;;) {
    let failure: unknown = new Error('The condition did not become true.');
    try {
      if ((await attempt()) !== false) return performance.now() - start;
    } catch (error) {
      failure = error;
    }
    if (performance.now() - start > withinMs) throw failure;
    await sleep(10);
  }
}
