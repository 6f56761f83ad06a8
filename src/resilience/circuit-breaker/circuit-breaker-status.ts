import type { CallWindow } from './call-window.ts';
import type { State, StateKind } from './circuit-state.ts';

/** How a breaker stands, for people to read. */
export interface CircuitBreakerStatus {
  state: StateKind;
  /** When it came into this state. */
  since: string;
  /** Of the last 10 s, 0 to 1. */
  failure_ratio: number;
  calls: number;
  failures_in_row: number;
  /** Refused until then; null when calls are let through. */
  next_probe_at: string | null;
  /** What an operator decided, and until when. */
  forced: { reason: string; until: string } | null;
}

/** @param wall the time of day at a time of the breaker's clock */
export function describeState(
  state: State,
  since: Date,
  { calls, failureRatio }: CallWindow,
  wall: (time: number) => Date,
): CircuitBreakerStatus {
  const isForced = state.kind === 'forced_open' || state.kind === 'disabled';
  return {
    state: state.kind,
    since: since.toISOString(),
    failure_ratio: Math.round(failureRatio * 1000) / 1000,
    calls,
    failures_in_row: state.kind === 'closed' ? state.failuresInRow : 0,
    next_probe_at: state.kind === 'open' ? wall(state.until).toISOString() : null,
    forced: isForced ? { reason: state.reason, until: wall(state.until).toISOString() } : null,
  };
}
