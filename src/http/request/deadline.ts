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
 *
 * @param options.timeoutMs for routes that state none
 */
export function deadline(options: { timeoutMs: number }): Middleware {
  return async function deadline(ctx, next) {
    const limit = new Deadline();
    ctx.state.deadline = limit;
    const { timeoutMs = options.timeoutMs, reply } = ctx.state.facts;
    const timer = setTimeout(() => limit.abort(late(timeoutMs)), timeoutMs);
    onResponseEnd(ctx, (complete) => {
      if (!complete) limit.abort(new ClientGone('The client closed the connection.'));
    });
    try {
      await Promise.race([next(), limit.over]);
    } catch (error) {
      // Work that noticed the abort first throws errors of its own; the reason is what happened.
      throw limit.reason ?? error;
    } finally {
      clearTimeout(timer);
      // A stream of events goes on; only its client can end it now.
      if (reply !== 'events') limit.settle();
    }
  };
}

function late(ms: number): AppError {
  const detail = `The request was not answered within ${ms / 1000} s and was cancelled.`;
  return new AppError('REQUEST_TIMEOUT', detail);
}
