import { AppError } from '../../errors.ts';
import { Deadline } from '../../time/deadline.ts';
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
