/** What the end of a call says of the dependency; `ignored` says nothing and never counts. */
export type Verdict = 'success' | 'failure' | 'timeout' | 'ignored' | RetryLater;

/** A failure of a dependency that also says when to come back. */
export interface RetryLater {
  retryAfterMs: number;
}

/** Judges an error that a call threw. */
export type Classify = (error: unknown) => Verdict;

/** Refused or withdrawn on our side: names and codes of the errors of breakers, bulkheads and aborts. */
const ours = /^(CIRCUIT_OPEN|BULKHEAD_FULL|AbortError|ABORT_ERR)$/;

/** For a dependency of which nothing is known: all that it throws is a failure, all that we withdrew is not. */
export function classifyAny(error: unknown): Verdict {
  if (isOurs(error)) return 'ignored';
  return isTimeout(error) ? 'timeout' : 'failure';
}

/** Whether the call was refused by a breaker or bulkhead further in, or withdrawn. */
export function isOurs(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ours.test(error.name) || ours.test(codeOf(error)) || 'isBulkheadRejectedError' in error;
}

/** AbortSignal.timeout, cockatiel's timeout, sockets, and fetch's own limits. */
const timeouts = /^(TimeoutError|ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_\w*TIMEOUT)$/;

export function isTimeout(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    timeouts.test(error.name) || timeouts.test(codeOf(error)) || 'isTaskCancelledError' in error
  );
}

/** A mistake in our own code, before anything was asked of the dependency. */
export function isBug(error: unknown): boolean {
  return (
    (error instanceof TypeError ||
      error instanceof RangeError ||
      error instanceof ReferenceError ||
      error instanceof SyntaxError) &&
    error.cause === undefined
  );
}

export function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : '';
}
