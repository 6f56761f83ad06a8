import type { CallWindow } from './call-window.ts';
import type { CircuitBreakerOptions } from './circuit-breaker-options.ts';
import type { StateOf, TransitionReason } from './circuit-state.ts';

/** Counts a failure while closed. @returns why the breaker must open now, or null */
export function countFailure(
  state: StateOf<'closed'>,
  window: CallWindow,
  now: number,
  { failuresInRow, failureRatio, minimumCalls, stableMs }: CircuitBreakerOptions,
): TransitionReason | null {
  window.add(now, true);
  if (now - state.lastFailureAt > stableMs) state.failuresInRow = 0;
  state.failuresInRow += 1;
  state.lastFailureAt = now;
  if (state.failuresInRow >= failuresInRow) return 'failures_in_row';
  const isOften = window.calls >= minimumCalls && window.failureRatio >= failureRatio;
  return isOften ? 'failure_ratio' : null;
}
