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
