/** What is wrong with a value, in words that follow its pointer: `/limit must be a whole number`. */
import type { z } from 'zod';

const types: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
  null: 'null',
  tuple: 'an array',
};

const units: Record<string, [one: string, more: string]> = {
  string: ['character', 'characters'],
  array: ['item', 'items'],
};

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];
type Words = { [C in RawIssue['code']]?: (issue: Extract<RawIssue, { code: C }>) => string };

const words: Words = {
  invalid_type: ({ input, expected }) =>
    Array.isArray(input) && expected === 'string'
      ? 'must be a string, given once'
      : `must be ${types[expected] ?? expected}`,
  invalid_value: ({ values }) =>
    `must be ${values.length === 1 ? '' : 'one of '}${values.map(String).join(', ')}`,
  too_big: ({ maximum, origin, inclusive }) => bound('most', maximum, origin, inclusive),
  too_small: ({ minimum, origin, inclusive }) => bound('least', minimum, origin, inclusive),
  not_multiple_of: ({ divisor }) => `must be a multiple of ${divisor}`,
  invalid_format: ({ pattern, format }) =>
    pattern === undefined ? `must be a valid ${format}` : `must match ${pattern}`,
  unrecognized_keys: () => 'is not a known member',
  invalid_key: ({ issues }) => `has a member name that ${issues[0]?.message ?? 'is not accepted'}`,
  invalid_union: () => 'has none of the accepted forms',
};

/** Where a schema says nothing itself. */
export const messageOf: z.core.$ZodErrorMap = (issue) => {
  const say = words[issue.code] as ((issue: RawIssue) => string) | undefined;
  return say?.(issue) ?? 'is not accepted';
};

function bound(
  which: 'most' | 'least',
  limit: number | bigint,
  origin: string,
  inclusive = true,
): string {
  const unit = units[origin];
  if (unit !== undefined) return `must have at ${which} ${limit} ${unit[limit === 1 ? 0 : 1]}`;
  if (inclusive) return `must be at ${which} ${limit}`;
  return `must be ${which === 'most' ? 'less' : 'more'} than ${limit}`;
}

/** Faults that a value has because it is not there. */
const absent = new Set<string | undefined>(['invalid_type', 'invalid_value', 'invalid_union']);

/** @param value that was validated, all of it */
export function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  const isMissing =
    issue.path.length > 0 && absent.has(issue.code) && at(value, issue.path) === undefined;
  if (!isMissing) return issue.message;
  return issue.message.startsWith('must ') ? `is missing, and ${issue.message}` : 'is missing';
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Reflect.get(found, part);
  }
  return found;
}
