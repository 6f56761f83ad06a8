/** How far a job is, stored while it runs: few writes, one at a time, and none that anybody waits for. */

/** Points that a write adds at least, so that a job has four of them at most. */
const STEP = 20;
/** Characters of a submission that is judged before anybody could see how far it is: a fifth of a second. */
const SHORT = 100_000;

export interface Progress {
  report: (percent: number) => void;
  /** Resolves when nothing is on its way any more. */
  settled: () => Promise<void>;
}

/** @param store what it rejects with is of no consequence: the next one, or the end of the job, says more */
export function createProgress(
  length: number,
  store: (percent: number) => Promise<void>,
): Progress {
  let stored = 0;
  let writing: Promise<void> | undefined;
  return {
    report(percent) {
      if (length < SHORT || writing !== undefined || percent < stored + STEP) return;
      stored = percent;
      writing = store(percent)
        .catch(() => undefined)
        .finally(() => (writing = undefined));
    },
    settled: () => writing ?? Promise.resolve(),
  };
}
