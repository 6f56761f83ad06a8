/**
 * What the work gives, or `late()` once `ms` milliseconds are over; the work itself goes on, unless
 * `late` ends it.
 *
 * @param late called when the time is up; gives the error
 */
export async function withTimeout<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(late()), ms);
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
