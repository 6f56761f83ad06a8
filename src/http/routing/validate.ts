import type { z } from 'zod';
import { AppError, type Fault } from '../../errors.ts';
import { describeIssue, messageOf } from './fault-messages.ts';

/** A request with a thousand faults is told the first ones. */
const MAX_FAULTS = 50;

/** RFC 6901. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path
    .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

function faultsOf(issue: z.core.$ZodIssue, value: unknown): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: jsonPointer([...issue.path, key]),
      message: 'is not a known member',
      code: 'unknown_member',
    }));
  }
  const message = describeIssue(issue, value);
  return [{ pointer: jsonPointer(issue.path), message, code: issue.code }];
}

/**
 * @throws {AppError} VALIDATION_ERROR with one fault a pointer
 */
export function validate<T extends z.ZodType>(
  schema: T,
  value: unknown,
  subject: 'body' | 'query',
): z.output<T> {
  const parsed = schema.safeParse(value, { error: messageOf });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap((issue) => faultsOf(issue, value));
  throw invalid(`The request ${subject} does not fit the schema.`, faults);
}

export function invalid(detail: string, faults: Fault[]): AppError {
  return new AppError('VALIDATION_ERROR', detail, {
    errors: faults.slice(0, MAX_FAULTS),
    help: { suggestion: 'Compare the request with the schema at /docs.' },
  });
}
