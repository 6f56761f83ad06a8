import type { Dependency } from '../../errors.ts';
import type { CircuitBreakerEvents } from './circuit-breaker-events.ts';
import type { RunningClock } from './running-clock.ts';
import { classify, type Classify } from './verdict.ts';

/** Who is called through the breaker; declared by the caller. Other options than these have defaults. */
export interface BreakerPolicy extends Partial<CircuitBreakerOptions> {
  /** Label of the metrics. */
  readonly name: string;
  readonly dependency: Dependency;
}

/** Times are milliseconds. */
export interface CircuitBreakerOptions {
  /** Opens after so many failures, none of them more than `stableMs` after the one before. */
  failuresInRow: number;
  /**
   * Opens when so many times in a row calls found no answer: the first of them, and others that began
   * after it was given up; those that waited at the same time count once. Null: each is a failure like any other.
   */
  silencesInRow: number | null;
  /** Or when this share of at least `minimumCalls` in `windowMs` failed. */
  failureRatio: number;
  minimumCalls: number;
  windowMs: number;
  /** A call that takes longer has failed, also while it still runs. */
  slowCallMs: number;
  /** How long it stays open at first. */
  openMs: number;
  /** Up to here it grows, with full jitter, when it opens again and again. */
  maxOpenMs: number;
  /** Closed for so long, and the next opening is a first one again. */
  stableMs: number;
  /** Probes that may run at a time while half-open. */
  permits: number;
  successesToClose: number;
  /** A probe that takes longer has failed. */
  halfOpenMaxMs: number;
  classify: Classify;
}

export const defaultOptions: CircuitBreakerOptions = {
  failuresInRow: 5,
  silencesInRow: null,
  failureRatio: 0.5,
  minimumCalls: 20,
  windowMs: 10_000,
  slowCallMs: 5000,
  openMs: 60_000,
  maxOpenMs: 600_000,
  stableMs: 60_000,
  permits: 2,
  successesToClose: 2,
  halfOpenMaxMs: 10_000,
  classify,
};

/** @throws {RangeError} when a breaker with these could never open, close or let a probe through */
export function completeOptions(policy: BreakerPolicy): CircuitBreakerOptions {
  const { name: _name, dependency: _dependency, ...given } = policy;
  const options = { ...defaultOptions, ...given };
  options.maxOpenMs = Math.max(options.maxOpenMs, options.openMs);
  const { classify: _, ...numbers } = options;
  for (const [name, value] of Object.entries(numbers)) {
    if (value !== null && !(Number.isFinite(value) && value > 0))
      throw new RangeError(`${name} must be above 0.`);
  }
  if (options.failureRatio > 1) throw new RangeError('failureRatio must be at most 1.');
  return options;
}

export interface CircuitBreakerDeps {
  clock: RunningClock;
  /** For people to read: status and logs. */
  now: () => Date;
  /** 0 ≤ x < 1 */
  random: () => number;
  events?: CircuitBreakerEvents;
}

export interface ExecuteOptions {
  /** The caller's: once it is aborted, the end of the call counts no more. */
  signal?: AbortSignal;
}
