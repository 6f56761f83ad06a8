/**
 * A monotonic clock that stands still while the process does. After a suspension (SIGSTOP, a frozen
 * virtual machine, a blocked event loop) every call in flight looks old and every timer is due, though
 * nobody was there to take the answers: time that the process did not run says nothing of a dependency.
 *
 * It beats every 100 ms; between two beats or readings at most 250 ms count, the rest is `lost`.
 */
export interface RunningClock {
  /** Milliseconds from any point in time; steps of the wall clock do nothing to it. */
  now(): number;
  /** Milliseconds in which the process did not run, up to the last reading. */
  lost(): number;
  /**
   * The last beat after which the event loop has polled: what had come in by then has been read. Who is
   * asked whether an answer is late must judge by this time, not by the turn that is still running.
   */
  heard(): number;
}

const BEAT_MS = 100;
const LONGEST_STEP_MS = 250;

export function startRunningClock(monotonicMs: () => number): RunningClock & { stop(): void } {
  let last = monotonicMs();
  let lost = 0;
  let heard = last;
  const now = () => {
    const real = monotonicMs();
    const gap = real - last;
    if (gap > LONGEST_STEP_MS) lost += gap - LONGEST_STEP_MS;
    last = real;
    return real - lost;
  };
  const beat = setInterval(() => {
    const beatAt = now();
    setImmediate(() => (heard = beatAt)).unref();
  }, BEAT_MS).unref();
  return { now, lost: () => lost, heard: () => heard, stop: () => clearInterval(beat) };
}
