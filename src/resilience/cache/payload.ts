/**
 * What the cache holds: plain JSON, copied and frozen to the bottom, so that whoever is given a value may
 * keep it and nobody can change it for the others. `decodePayload` is the only reader of what Redis returns.
 */
import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { readJson } from '../../json/parse-json.ts';
import { AppError, errorCodes, type ErrorCode } from '../../errors.ts';

export interface Immutable {
  value: unknown;
  /** Estimate of the heap it takes, on the high side. */
  bytes: number;
}

/** The value would not come back from Redis as it went, or carries a member that poisons what reads it. */
class NotCacheable extends Error {
  override readonly name = 'NotCacheable';
}

/** Characters. Redis holds what many processes need often; a giant holds up all of them. */
export const LARGEST_PAYLOAD = 8 * 1024 * 1024;
/** `undefined`: a text that is no JSON, and nothing that was cut off either. */
const ABSENT = 'nothing';
const MAX_DEPTH = 200;

export function encodePayload(value: unknown): string {
  return value === undefined ? ABSENT : JSON.stringify(value);
}

export function isAbsent(payload: string): boolean {
  return payload === ABSENT;
}

/** @returns null when it is no JSON, poisoned, or not exactly of the cache's shape */
export function decodePayload(payload: string, schema: z.ZodType): Immutable | null {
  if (isAbsent(payload)) return toImmutable(undefined);
  const image = payload.length > LARGEST_PAYLOAD ? null : toImmutable(parse(payload));
  const parsed = image === null ? null : schema.safeParse(image.value);
  // What the schema leaves out is of another version, or was put there by somebody else.
  return parsed?.success === true && isDeepStrictEqual(parsed.data, image?.value) ? image : null;
}

/** What other processes are told of a failed load: what a client may see, nothing else. */
export function encodeFailure(error: unknown): string {
  if (!(error instanceof AppError)) return '{}';
  const { code, message, options } = error;
  return JSON.stringify({ code, detail: message, retryAfter: options.retryAfter });
}

export function decodeFailure(failure: string): AppError {
  const { code, detail, retryAfter } = Object(parse(failure)) as Record<string, unknown>;
  if (typeof code === 'string' && Object.hasOwn(errorCodes, code) && typeof detail === 'string') {
    const options = typeof retryAfter === 'number' ? { retryAfter } : {};
    return new AppError(code as ErrorCode, detail, options);
  }
  const options = { retryAfter: 1 };
  return new AppError('SERVICE_UNAVAILABLE', 'The same work failed a moment ago.', options);
}

/** @returns NaN, which JSON has not, for what is no JSON */
function parse(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return NaN;
  }
}

/** @returns null for dates, maps, class instances, NaN, cycles, `undefined` within, `__proto__` */
export function toImmutable(value: unknown): Immutable | null {
  const size = { bytes: 0 };
  try {
    return { value: value === undefined ? value : copy(value, size, 0), bytes: size.bytes };
  } catch (error) {
    if (error instanceof NotCacheable) return null;
    throw error;
  }
}

function copy(value: unknown, size: { bytes: number }, depth: number): unknown {
  if (typeof value === 'string') {
    size.bytes += 24 + 2 * value.length;
    return value;
  }
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'object') return copyObject(value, size, depth + 1);
  // JSON has neither the others nor NaN.
  if (!Number.isFinite(value)) throw new NotCacheable(`a ${typeof value}`);
  size.bytes += 16;
  // Nor has it -0.
  return value === 0 ? 0 : value;
}

function copyObject(value: object, size: { bytes: number }, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new NotCacheable('nested too deeply');
  size.bytes += 56;
  if (Array.isArray(value)) {
    size.bytes += 8 * value.length;
    // `from` visits holes, which JSON has not either.
    return Object.freeze(Array.from(value, (item: unknown) => copy(item, size, depth)));
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new NotCacheable('an instance');
  const copied: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (name === '__proto__') throw new NotCacheable('a member __proto__');
    // As JSON does.
    if (member === undefined) continue;
    size.bytes += 16 + 2 * name.length;
    copied[name] = copy(member, size, depth);
  }
  return Object.freeze(copied);
}
