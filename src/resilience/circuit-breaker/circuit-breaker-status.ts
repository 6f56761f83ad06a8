import { firstCause } from '../../errors.ts';
import type { CallWindow } from './call-window.ts';
import { isForced, type State, type StateKind } from './circuit-state.ts';

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
  /** Why it lets no call through: the first cause of the last error that was found; null when it is closed, or no error opened it. */
  cause: string | null;
  /** What an operator decided, and until when. */
  forced: { reason: string; until: string } | null;
}

const MAX_CAUSE = 200;

export function describeState(parts: {
  state: State;
  since: Date;
  window: CallWindow;
  /** What opened it, or what was found since. */
  cause: unknown;
  /** The time of the wall for a time of the breaker's clock. */
  wall: (time: number) => Date;
}): CircuitBreakerStatus {
  const { state, window, wall } = parts;
  const cause = firstCause(parts.cause);
  return {
    state: state.kind,
    since: parts.since.toISOString(),
    failure_ratio: Math.round(window.failureRatio * 1000) / 1000,
    calls: window.calls,
    failures_in_row: state.kind === 'closed' ? state.row.length : 0,
    next_probe_at: state.kind === 'open' ? wall(state.until).toISOString() : null,
    cause: cause === undefined ? null : `${cause.name}: ${cause.message}`.slice(0, MAX_CAUSE),
    forced: isForced(state)
      ? { reason: state.reason, until: wall(state.until).toISOString() }
      : null,
  };
}
