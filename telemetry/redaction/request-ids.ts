/** A client may name its request as it likes; operators find it by that name, so it stays. */

/** Of fields and attributes. */
export function isRequestId(name: string): boolean {
  return /^(?:http\.(?:request|response)\.header\.)?x?[-_]?(?:request|correlation)[-_]?id$/i.test(
    name,
  );
}

/** What `X-Request-ID` may hold. */
const ACCEPTED = /^[A-Za-z0-9._-]{1,128}$/;

/** Whether the value is one that a request's identity may be. */
export function isRequestIdValue(value: unknown): value is string {
  return typeof value === 'string' && ACCEPTED.test(value);
}

const NAMED =
  /(?:request|correlation)[-_ ]?id\\{0,31}["'`]?\]?[ \t]{0,4}(?:=>|[:=])?[ \t]{0,4}\\{0,31}["'`]?([A-Za-z0-9._-]{1,128})(?![A-Za-z0-9._@%-])/gi;

/** Where a text names one. */
export function requestIdsIn(text: string): { start: number; end: number }[] {
  if (!/(?:request|correlation)[-_ ]?id/i.test(text)) return [];
  return [...text.matchAll(NAMED)].map(({ 0: all, 1: id = '', index }) => {
    const end = index + all.length;
    return { start: end - id.length, end };
  });
}
