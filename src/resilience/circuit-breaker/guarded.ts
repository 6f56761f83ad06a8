/**
 * A call under all guards: fallback(retry(breaker(bulkhead(timeout(work))))).
 *
 * - Each attempt has a signal and a deadline of its own; one timeout ends one attempt. The signal is
 *   aborted when the attempt is over, so `work` reads an answer to its end before it returns it.
 * - Time in the queue of the bulkhead makes no call slow, and a full queue says nothing of the dependency.
 * - Only failures of the dependency are retried: no refusal, no answer that is the caller's fault, and
 *   only for callers who say that a repetition does no harm. Retries are at most a tenth of the calls.
 */
import {
  bulkhead as createBulkhead,
  DelegateBackoff,
  handleWhen,
  retry as createRetry,
  timeout as createTimeout,
  TimeoutStrategy,
} from 'cockatiel';
import type { Call } from './call.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { RetryBudget } from './retry-budget.ts';

export interface GuardedEvents {
  bulkheadRejected: (name: string) => void;
  /** How a second or further attempt went, or that there was none. */
  retried: (name: string, outcome: 'success' | 'failure' | 'no_budget') => void;
}

export interface GuardedDeps {
  breaker: CircuitBreaker;
  /** Milliseconds for one attempt. */
  timeoutMs: number;
  /** Calls that run at a time, and calls that wait; what comes then is refused. */
  bulkhead: { limit: number; queue: number };
  /** Attempts after the first one; they wait up to `backoffMs`, doubled each time, with full jitter. */
  retry?: { attempts: number; backoffMs: number; maxBackoffMs: number };
  /** Shared by all that ask the same dependency. */
  budget?: RetryBudget;
  random: () => number;
  events?: GuardedEvents;
}

export interface GuardedCall<F> {
  /** The caller's. */
  signal?: AbortSignal;
  /** It does no harm to do this twice. */
  isIdempotent?: boolean;
  /** Stands in when the call was refused or failed; not when the caller withdrew it. */
  fallback?: (error: unknown) => F | Promise<F>;
}

export interface Guarded {
  readonly name: string;
  execute<T, F = never>(
    work: (signal: AbortSignal) => Promise<T>,
    call?: GuardedCall<F>,
  ): Promise<T | F>;
  load(): { inFlight: number; queued: number };
}

export function createGuarded(deps: GuardedDeps): Guarded {
  const { breaker, timeoutMs, retry, random, events, budget = new RetryBudget() } = deps;
  const { limit, queue } = deps.bulkhead;
  const { name } = breaker;
  const bulkhead = createBulkhead(limit, queue);
  const timeout = createTimeout(timeoutMs, {
    strategy: TimeoutStrategy.Aggressive,
    abortOnReturn: true,
  });
  bulkhead.onReject(() => events?.bulkheadRejected(name));

  type Work<T> = (signal: AbortSignal) => Promise<T>;
  const attempt = async <T>(work: Work<T>, signal: AbortSignal | undefined): Promise<T> => {
    const run = (_: AbortSignal, call: Call) =>
      bulkhead.execute(() => {
        call.begin();
        return timeout.execute((context) => work(context.signal), signal);
      }, signal);
    return breaker.execute(run, { ...(signal === undefined ? {} : { signal }), isQueued: true });
  };

  const withRetries = async <T>(work: Work<T>, signal: AbortSignal | undefined): Promise<T> => {
    const { attempts, backoffMs, maxBackoffMs } = retry ?? noRetry;
    let retries = 0;
    const mayRetry = (error: unknown) => {
      if (retries > 0) events?.retried(name, 'failure');
      if (retries === attempts || signal?.aborted === true || !isFailure(breaker, error))
        return false;
      if (!budget.take()) {
        events?.retried(name, 'no_budget');
        return false;
      }
      retries += 1;
      return true;
    };
    const backoff = new DelegateBackoff<{ attempt: number }>(
      ({ attempt }) => random() * Math.min(maxBackoffMs, backoffMs * 2 ** attempt),
    );
    const policy = createRetry(handleWhen(mayRetry), { maxAttempts: attempts, backoff });
    const value = await policy.execute(() => attempt(work, signal), signal);
    if (retries > 0) events?.retried(name, 'success');
    return value;
  };

  return {
    name,
    async execute(work, call = {}) {
      const { signal, isIdempotent = false, fallback } = call;
      budget.payIn();
      try {
        const retried = isIdempotent && retry !== undefined;
        return await (retried ? withRetries(work, signal) : attempt(work, signal));
      } catch (error) {
        // cockatiel gives an error of its own for a caller who left.
        if (signal?.aborted === true) throw signal.reason;
        if (fallback === undefined) throw error;
        breaker.countFallback();
        return fallback(error);
      }
    },
    load: () => ({
      inFlight: limit - bulkhead.executionSlots,
      queued: queue - bulkhead.queueSlots,
    }),
  };
}

const noRetry = { attempts: 0, backoffMs: 0, maxBackoffMs: 0 };

function isFailure(breaker: CircuitBreaker, error: unknown): boolean {
  const verdict = breaker.judgeError(error);
  return verdict !== 'success' && verdict !== 'ignored';
}
