/**
 * The one gate for JSON from outside. `JSON.parse` accepts what breaks later stages: 50,000 levels
 * (stringify, structuredClone and zod overflow the stack from about 5,000), `__proto__` members, NUL
 * and lone surrogates (PostgreSQL refuses both). All of it is answered here, before any schema.
 */
import { AppError, type Fault } from '../errors.ts';
import { invalid, jsonPointer } from './validate.ts';

export const MAX_DEPTH = 32;
const MAX_FAULTS = 20;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Deepest nesting of brackets outside strings, found on the raw bytes in one pass. */
export function jsonDepth(bytes: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i];
    if (inString) {
      if (byte === BACKSLASH) i += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, (depth += 1));
    else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return deepest;
}

function textFault(text: string): { message: string; code: string } | null {
  if (text.includes('\0')) return { message: 'contains a NUL character', code: 'nul_character' };
  if (!text.isWellFormed()) return { message: 'contains a lone surrogate', code: 'lone_surrogate' };
  return null;
}

function memberFaults(name: string, path: PropertyKey[]): Fault[] {
  if (name === '__proto__') {
    return [
      { pointer: jsonPointer(path), message: 'is not a known member', code: 'unknown_member' },
    ];
  }
  const fault = textFault(name);
  return fault === null
    ? []
    : [
        {
          pointer: jsonPointer(path.slice(0, -1)),
          message: `has a member name that ${fault.message}`,
          code: fault.code,
        },
      ];
}

/** Depth is bounded before parsing, so the walk may hold its path. */
function faultsIn(root: unknown): Fault[] {
  const faults: Fault[] = [];
  const stack: { value: unknown; path: PropertyKey[] }[] = [{ value: root, path: [] }];
  for (
    let item = stack.pop();
    item !== undefined && faults.length < MAX_FAULTS;
    item = stack.pop()
  ) {
    const { value, path } = item;
    if (typeof value === 'string') {
      const fault = textFault(value);
      if (fault !== null) faults.push({ pointer: jsonPointer(path), ...fault });
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        if (!Array.isArray(value)) faults.push(...memberFaults(name, [...path, name]));
        stack.push({ value: member, path: [...path, name] });
      }
    }
  }
  return faults;
}

/**
 * @throws {AppError} MALFORMED_JSON (400) or VALIDATION_ERROR (422)
 */
export function parseJson(bytes: Uint8Array): unknown {
  const malformed = (detail: string) =>
    new AppError('MALFORMED_JSON', detail, {
      help: { suggestion: 'Send one JSON value in UTF-8.' },
    });
  if (bytes.length === 0) throw malformed('The request body is empty.');
  if (jsonDepth(bytes) > MAX_DEPTH) {
    throw malformed(`The JSON is nested more than ${MAX_DEPTH} levels deep.`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('The request body is not valid UTF-8.');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed('The request body is not valid JSON.');
  }
  const faults = faultsIn(value);
  if (faults.length > 0)
    throw invalid('The request body has members or characters that are not accepted.', faults);
  return value;
}
