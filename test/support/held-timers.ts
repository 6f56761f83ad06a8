/** Time that passes when a test says so, for code of this process that waits by the global timers. */

export interface HeldTimers {
  /** The time of all that wait is up. */
  elapse(): void;
  /** From now on time passes by itself again. */
  release(): void;
}

/** Holds the timers of exactly so many milliseconds: choose a number that nothing else waits for. */
export function holdTimers(ms: number): HeldTimers {
  const { setTimeout: start, clearTimeout: stop } = globalThis;
  const held = new Map<unknown, () => void>();
  const startHeld = (work: () => void, delay?: number, ...rest: unknown[]) => {
    if (delay !== ms) return start(work, delay, ...rest);
    const timer = start(() => {}, ms);
    timer.unref();
    held.set(timer, () => work());
    return timer;
  };
  const stopHeld: typeof clearTimeout = (timer) => {
    held.delete(timer);
    stop(timer);
  };
  Object.assign(globalThis, { setTimeout: startHeld, clearTimeout: stopHeld });
  return {
    elapse() {
      const due = [...held.values()];
      held.clear();
      for (const work of due) work();
    },
    release() {
      Object.assign(globalThis, { setTimeout: start, clearTimeout: stop });
      held.clear();
    },
  };
}
