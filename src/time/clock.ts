/** The one source of time for all parts. */
export interface Clock {
  now: () => Date;
  /** Milliseconds from any point in time; never goes back. */
  monotonicMs: () => number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
};

/** A timer that keeps no process alive. @returns cancels it */
export function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms).unref();
  return () => clearTimeout(timer);
}
