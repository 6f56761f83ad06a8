/** When a delivery that failed is tried again. */

/** Attempts; the last one is a day after the first, more or less. */
const MOST_TRIES = 10;
const FIRST_SECONDS = 10;
const FACTOR = 4;
const MOST_SECONDS = 8 * 3600;
/** A receiver that asks for more is asked after this. */
const MOST_RETRY_AFTER_SECONDS = 8 * 3600;

/**
 * 10 s, 40 s, 2.7 min, 11 min, 43 min, 2.8 h and then every 8 h, each a quarter shorter or longer by chance, and not
 * before the receiver's `Retry-After`.
 *
 * @param tries that were made
 * @param random 0 ≤ x < 1
 * @returns seconds, whole; null: it is tried no more
 */
export function retryDelay(
  tries: number,
  retryAfterSeconds: number,
  random: number,
): number | null {
  if (tries >= MOST_TRIES) return null;
  const delay = Math.min(FIRST_SECONDS * FACTOR ** (tries - 1), MOST_SECONDS);
  const asked = Math.min(retryAfterSeconds, MOST_RETRY_AFTER_SECONDS);
  return Math.ceil(Math.max(delay * (0.75 + random / 2), asked));
}

/** Seconds or a date (RFC 9110). @returns seconds from now, 0 for what cannot be read */
export function readRetryAfter(header: string | null, now: Date): number {
  if (header === null) return 0;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const at = /^[A-Z][a-z]{2}, /.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? 0 : Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}
