import type { StateKind } from './circuit-state.ts';

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
