import { AppError } from '../errors.ts';
import type { Middleware } from './context.ts';

/** Reason of a request's signal when its client hung up. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/**
 * Gives the request one AbortSignal that every store and client call below honours: it aborts when
 * the time is up (the answer is then 504) or when the client is gone (there is no one to answer).
 */
export function deadline(options: { timeoutMs: number }): Middleware {
  return async function deadline(ctx, next) {
    const controller = new AbortController();
    const { signal } = controller;
    ctx.state.signal = signal;
    const timer = setTimeout(() => {
      const seconds = options.timeoutMs / 1000;
      controller.abort(
        new AppError(
          'REQUEST_TIMEOUT',
          `The request was not answered within ${seconds} s and was cancelled.`,
        ),
      );
    }, options.timeoutMs);
    const onClose = () => {
      if (!ctx.res.writableFinished)
        controller.abort(new ClientGone('The client closed the connection.'));
    };
    ctx.res.once('close', onClose);
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    try {
      await Promise.race([next(), aborted]);
    } catch (error) {
      // Work that noticed the abort first throws errors of its own; the reason is what happened.
      throw signal.aborted ? signal.reason : error;
    } finally {
      clearTimeout(timer);
      ctx.res.off('close', onClose);
    }
  };
}
