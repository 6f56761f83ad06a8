import { FailureRow, type FailureRowOptions } from './failure-row.ts';
import { RunningCalls } from './running-calls.ts';

/**
 * Each state has exactly its own fields, and each entry of a state is an object of its own: a call
 * keeps the one it began in, so that its result counts in no other. Times are of the breaker's clock.
 */
export type State =
  | {
      kind: 'closed';
      since: number;
      row: FailureRow;
      running: RunningCalls;
    }
  | {
      kind: 'open';
      /** When it is half-open, or the dependency is asked the next time. */
      until: number;
      /** It was asked, and answered. */
      hasAnswered: boolean;
    }
  | {
      kind: 'half_open';
      free: number;
      successes: number;
      running: RunningCalls;
      /** The dependency is asked at the moment; it takes no permit. */
      asking: object | null;
    }
  | { kind: 'forced_open'; until: number; reason: string }
  | { kind: 'disabled'; until: number; reason: string };

/** A new one, in which nothing has happened yet. */
export function closed(now: number, options: FailureRowOptions): State & { kind: 'closed' } {
  const row = new FailureRow(options, now);
  return { kind: 'closed', since: now, row, running: new RunningCalls() };
}

/** @param permits calls that may run at a time */
export function halfOpen(permits: number): State & { kind: 'half_open' } {
  const running = new RunningCalls();
  return { kind: 'half_open', free: permits, successes: 0, running, asking: null };
}

/** By an operator. */
export function isForced(state: State): state is State & { kind: 'forced_open' | 'disabled' } {
  return state.kind === 'forced_open' || state.kind === 'disabled';
}

export type StateKind = State['kind'];

/** As the metric shows them: a forced state is open or closed. */
export const stateNames = ['closed', 'half_open', 'open'] as const;
export type StateName = (typeof stateNames)[number];

export function nameOf(kind: StateKind): StateName {
  if (kind === 'forced_open') return 'open';
  return kind === 'disabled' ? 'closed' : kind;
}

/** Why a breaker changes its state, by the change. */
export const transitions = [
  ['closed', 'open', 'failures_in_row'],
  ['closed', 'open', 'failure_ratio'],
  ['open', 'half_open', 'open_time_over'],
  ['half_open', 'open', 'probe_failed'],
  ['half_open', 'open', 'probe_hung'],
  ['half_open', 'closed', 'probes_succeeded'],
  ['closed', 'open', 'forced'],
  ['half_open', 'open', 'forced'],
  ['open', 'open', 'forced'],
  ['closed', 'closed', 'disabled'],
  ['half_open', 'closed', 'disabled'],
  ['open', 'closed', 'disabled'],
  ['open', 'closed', 'released'],
  ['closed', 'closed', 'released'],
] as const satisfies readonly (readonly [StateName, StateName, string])[];

export type TransitionReason = (typeof transitions)[number][2];

export const outcomes = [
  'success',
  'failure',
  'timeout',
  'slow',
  'rejected',
  'ignored',
  'stale',
  'fallback',
] as const;
/** Of a call; each is counted once. `stale`: it ended in another state than it began in. `fallback` is of outbound calls. */
export type Outcome = (typeof outcomes)[number];
