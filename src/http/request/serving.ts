import { AppError } from '../../errors.ts';
import type { Middleware } from './context.ts';

/** Seconds; a start with migrations takes a few. */
const RETRY_AFTER = 1;

/** 503 while the process starts: its tables may not be there yet. A draining one still serves. */
export function serving(deps: { isStarting: () => boolean }): Middleware {
  return function serving(_ctx, next) {
    if (!deps.isStarting()) return next();
    throw new AppError('SERVICE_UNAVAILABLE', 'The service is starting.', {
      retryAfter: RETRY_AFTER,
    });
  };
}
