import { classifyAny, isBug, type Verdict } from './verdict.ts';

interface Answer {
  status: number;
  headers: { get(name: string): string | null };
}

/** An answer of `fetch`: 5xx, 408 and 429 are failures; `Retry-After` prolongs the time that the breaker is open. */
export function classifyAnswer(now: () => Date): (answer: unknown) => Verdict {
  return (answer) => {
    const { status, headers } = answer as Answer;
    if (status < 500 && status !== 408 && status !== 429) return 'success';
    const retryAfterMs = parseRetryAfter(headers.get('Retry-After'), now());
    return retryAfterMs === null ? 'failure' : { retryAfterMs };
  };
}

/** An error of `fetch`: a request that could not even be formed says nothing. */
export function classifyFetch(error: unknown): Verdict {
  return isBug(error) ? 'ignored' : classifyAny(error);
}

/** Milliseconds; seconds or a date (RFC 9110); null when there is none that can be read. */
export function parseRetryAfter(value: string | null, now: Date): number | null {
  const text = value?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now.getTime());
}
