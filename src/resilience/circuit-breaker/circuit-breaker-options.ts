import { classifyAny, type Classify, type Verdict } from './verdict.ts';

/** Times are milliseconds. */
export interface CircuitBreakerOptions {
  /** Opens after so many failures, none of them more than `stableMs` after the one before. */
  failuresInRow: number;
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
  /** For calls whose failures are values, such as an answer with status 503. */
  classifyValue: (value: unknown) => Verdict;
}

const succeeded = (): Verdict => 'success';

export const defaultOptions: CircuitBreakerOptions = {
  failuresInRow: 5,
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
  classify: classifyAny,
  classifyValue: succeeded,
};

/** @throws {RangeError} when a breaker with these could never open, close or let a probe through */
export function completeOptions(given: Partial<CircuitBreakerOptions>): CircuitBreakerOptions {
  const options = { ...defaultOptions, ...given };
  options.maxOpenMs = Math.max(options.maxOpenMs, options.openMs);
  const { classify: _, classifyValue: __, ...numbers } = options;
  for (const [name, value] of Object.entries(numbers)) {
    if (!(Number.isFinite(value) && value > 0)) throw new RangeError(`${name} must be above 0.`);
  }
  if (options.failureRatio > 1) throw new RangeError('failureRatio must be at most 1.');
  return options;
}
