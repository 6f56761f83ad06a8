import { createDeadlines } from './deadlines.ts';

/**
 * What the work gives, or `late()` once the event loop could read for `ms` milliseconds without an
 * answer; the work itself goes on, unless `late` ends it.
 *
 * @param late called when the time is up; gives the error
 */
export async function withTimeout<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const deadlines = createDeadlines(ms);
  const wait = deadlines.begin(() => timeout.reject(late()));
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    deadlines.end(wait);
  }
}
