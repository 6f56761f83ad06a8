import type { Outcome, StateKind, TransitionReason } from './circuit-state.ts';

export interface StateChange {
  name: string;
  from: StateKind;
  to: StateKind;
  reason: TransitionReason;
  /** Of the last 10 s. */
  failureRatio: number;
  calls: number;
  /** Milliseconds until the first probe; null when it did not open. */
  openMs: number | null;
  /** The error that decided it, if one did. */
  error?: unknown;
}

/** A listener that throws changes nothing. */
export interface CircuitBreakerEvents {
  /** A breaker of that name exists from now on. */
  registered?: (name: string) => void;
  changed?: (change: StateChange) => void;
  counted?: (name: string, outcome: Outcome) => void;
  /** A call ended that was let through; `slow` ones are counted before. */
  ended?: (name: string, outcome: Outcome, durationMs: number) => void;
  /** The first failure after at least 10 s without one: where the story of an incident begins. */
  failing?: (name: string, outcome: Outcome, error: unknown) => void;
}

/** The listeners, each of them made so that its throw ends there. */
export function harmless(events: CircuitBreakerEvents): Required<CircuitBreakerEvents> {
  return {
    registered: quiet(events.registered),
    changed: quiet(events.changed),
    counted: quiet(events.counted),
    ended: quiet(events.ended),
    failing: quiet(events.failing),
  };
}

const nothing = () => {};

function quiet<A extends unknown[]>(listener: ((...args: A) => void) | undefined) {
  if (listener === undefined) return nothing;
  return (...args: A) => {
    try {
      listener(...args);
    } catch {
      // What watches a call must not decide it.
    }
  };
}
