/** What is written to Redis and what is believed of what comes back. */
import type { z } from 'zod';
import { AppError, errorCodes, type ErrorCode } from '../../errors.ts';
import { toImmutable, type Immutable } from './immutable.ts';

/** Characters. Redis holds what many processes need often; a giant holds up all of them. */
export const LARGEST_PAYLOAD = 8 * 1024 * 1024;

/** Nothing is an answer too: a text that is no JSON, and nothing that was cut off either. */
const NOTHING = 'nothing';

export function toPayload(value: unknown): string {
  return value === undefined ? NOTHING : JSON.stringify(value);
}

/** @returns null when it is no JSON, poisoned, or not of the cache's shape */
export function fromPayload(payload: string, schema: z.ZodType): Immutable | null {
  if (payload === NOTHING) return { value: undefined, bytes: 0 };
  if (payload.length > LARGEST_PAYLOAD) return null;
  try {
    const image = toImmutable(JSON.parse(payload));
    return schema.safeParse(image.value).success ? image : null;
  } catch {
    return null;
  }
}

/** What other processes are told of a failed load: what a client may see, nothing else. */
export function toFailure(error: unknown): string {
  if (!(error instanceof AppError)) return '{}';
  const { code, message, options } = error;
  return JSON.stringify({ code, detail: message, retryAfter: options.retryAfter });
}

export function fromFailure(failure: string): AppError {
  const { code, detail, retryAfter } = members(failure);
  if (typeof code === 'string' && Object.hasOwn(errorCodes, code) && typeof detail === 'string') {
    const options = typeof retryAfter === 'number' ? { retryAfter } : {};
    return new AppError(code as ErrorCode, detail, options);
  }
  return new AppError('SERVICE_UNAVAILABLE', 'The same work failed a moment ago.', {
    retryAfter: 1,
  });
}

function members(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}
