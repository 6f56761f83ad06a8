/**
 * JSON with object keys in code-point order and undefined members left out: equal values give equal
 * bytes. For data of bounded depth only (it recurses); inputs are validated before.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    isPlainObject(member)
      ? Object.fromEntries(
          Object.keys(member)
            .sort(byCodePoint)
            .map((key) => [key, member[key]]),
        )
      : member,
  );
}

/** Order that no locale changes. */
export function byCodePoint(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
