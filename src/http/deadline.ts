import { AppError } from '../errors.ts';
import type { Middleware } from './context.ts';
import { onResponseEnd } from './response-end.ts';

/** Reason of a request's signal when its client hung up. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/**
 * Gives the request one AbortSignal that every store and client call below honours: it aborts when
 * the time is up (the answer is then 504) or when the client is gone (there is no one to answer).
 */
export function deadline(options: { timeoutMs: number }): Middleware {
  const seconds = options.timeoutMs / 1000;
  const late = `The request was not answered within ${seconds} s and was cancelled.`;
  return async function deadline(ctx, next) {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const limit = new Deadline(reject);
    ctx.state.deadline = limit;
    const timer = setTimeout(
      () => limit.abort(new AppError('REQUEST_TIMEOUT', late)),
      options.timeoutMs,
    );
    onResponseEnd(ctx, (complete) => {
      if (!complete) limit.abort(new ClientGone('The client closed the connection.'));
    });
    try {
      await Promise.race([next(), aborted]);
    } catch (error) {
      // Work that noticed the abort first throws errors of its own; the reason is what happened.
      throw limit.reason ?? error;
    } finally {
      clearTimeout(timer);
      limit.settle();
    }
  };
}

/** The end of a request's patience. Its signal is made when first asked for: most never do, and it is dear. */
export class Deadline {
  /** Why the work is to stop, once it is. */
  reason: Error | undefined;
  #settled = false;
  #controller: AbortController | undefined;
  readonly #reject: (reason: Error) => void;

  constructor(reject: (reason: Error) => void) {
    this.#reject = reject;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.reason !== undefined) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    if (this.#settled || this.reason !== undefined) return;
    this.reason = reason;
    this.#reject(reason);
    this.#controller?.abort(reason);
  }

  /** The work is done; what happens to the connection now is no reason to stop anything. */
  settle(): void {
    this.#settled = true;
  }
}
