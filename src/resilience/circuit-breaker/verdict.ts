import { DependencyError, isProgrammingError, codeOf, type FailureKind } from '../../errors.ts';

/** What the end of a call says of the dependency; `ignored` says nothing and never counts. */
export type Verdict = 'success' | 'failure' | 'timeout' | 'ignored';

/** Judges an error that a call threw. */
export type Classify = (error: unknown) => Verdict;

const verdicts: Record<FailureKind, Verdict> = {
  unavailable: 'failure',
  timeout: 'timeout',
  retryable: 'ignored',
  rejected: 'ignored',
  unknown: 'failure',
};

/** AbortSignal.timeout, sockets, and fetch's own limits. */
const timeouts = /^(TimeoutError|ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_\w*TIMEOUT)$/;

/**
 * What its owner says of the dependency counts; of other errors all are failures but a call that was
 * withdrawn and a mistake of our own.
 */
export function classify(error: unknown): Verdict {
  if (error instanceof DependencyError) return verdicts[error.kind];
  if (!(error instanceof Error)) return 'failure';
  if (error.name === 'AbortError' || isProgrammingError(error)) return 'ignored';
  return timeouts.test(error.name) || timeouts.test(codeOf(error)) ? 'timeout' : 'failure';
}
