/** Why Redis did not decide, in words that are few enough for a metric's label. */
export const storeErrorReasons = [
  'timeout',
  'connection',
  'circuit_open',
  'readonly',
  'out_of_memory',
  'reply',
  'other',
] as const;
export type StoreErrorReason = (typeof storeErrorReasons)[number];

const patterns: [RegExp, StoreErrorReason][] = [
  [/^CIRCUIT_OPEN /, 'circuit_open'],
  [/READONLY/, 'readonly'],
  [/\bOOM\b/, 'out_of_memory'],
  [/timeout|timed out|abort/i, 'timeout'],
  [/ECONN|EPIPE|EHOST|ENOT|connection|writeable|max retries/i, 'connection'],
  [/ReplyError/, 'reply'],
];

export function storeErrorReason(error: unknown): StoreErrorReason {
  if (!(error instanceof Error)) return 'other';
  const { code = '' } = error as { code?: unknown };
  const text = `${String(code)} ${error.name} ${error.message}`;
  return patterns.find(([pattern]) => pattern.test(text))?.[1] ?? 'other';
}
