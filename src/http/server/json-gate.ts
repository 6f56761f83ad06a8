/**
 * The one gate for JSON from outside. `JSON.parse` accepts what breaks later stages: 50,000 levels
 * (stringify, structuredClone and zod overflow the stack from about 5,000), millions of values (a
 * 10 MB array of zeros holds the event loop for seconds), `__proto__` members, NUL and lone surrogates
 * (PostgreSQL refuses both), 1e999. All of it is answered here, before any schema.
 */
import { AppError, type Fault } from '../../errors.ts';
import { invalid, jsonPointer } from '../routing/validate.ts';

export const MAX_DEPTH = 32;
/** Commas outside strings: several times what the largest request of any schema has. */
export const MAX_VALUES = 100_000;
const MAX_FAULTS = 20;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/** Index of the quote that ends the string whose text begins at `from`; beyond the end without one. */
function stringEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; ; at += 1) {
    at = bytes.indexOf(QUOTE, at);
    if (at === -1) return bytes.length;
    let backslashes = 0;
    while (at - backslashes > from && bytes[at - backslashes - 1] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
}

/** Deepest nesting of brackets and number of commas outside strings, found on the raw bytes in one pass. */
export function jsonShape(bytes: Uint8Array): { depth: number; commas: number } {
  let depth = 0;
  let deepest = 0;
  let commas = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i];
    if (byte === QUOTE) i = stringEnd(bytes, i + 1);
    else if (byte === COMMA) commas += 1;
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, (depth += 1));
    else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return { depth: deepest, commas };
}

type Finding = Pick<Fault, 'message' | 'code'>;

function textFault(text: string): Finding | null {
  if (text.includes('\0')) return { message: 'contains a NUL character', code: 'nul_character' };
  if (!text.isWellFormed()) return { message: 'contains a lone surrogate', code: 'lone_surrogate' };
  return null;
}

function valueFault(value: unknown): Finding | null {
  if (typeof value === 'string') return textFault(value);
  // JSON.parse reads 1e999 as Infinity, which would be stored as null.
  return typeof value === 'number' && !Number.isFinite(value)
    ? { message: 'is a number out of range', code: 'number_out_of_range' }
    : null;
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

/** Depth and number are bounded before parsing, so the walk may hold its paths. */
function faultsIn(root: unknown): Fault[] {
  const faults: Fault[] = [];
  const stack: { value: unknown; path: PropertyKey[] }[] = [{ value: root, path: [] }];
  for (
    let item = stack.pop();
    item !== undefined && faults.length < MAX_FAULTS;
    item = stack.pop()
  ) {
    const { value, path } = item;
    const fault = valueFault(value);
    if (fault !== null) faults.push({ pointer: jsonPointer(path), ...fault });
    if (typeof value === 'object' && value !== null) {
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
  const { depth, commas } = jsonShape(bytes);
  if (depth > MAX_DEPTH) {
    throw malformed(`The JSON is nested more than ${MAX_DEPTH} levels deep.`);
  }
  if (commas > MAX_VALUES) {
    throw invalid(`The JSON has more than ${MAX_VALUES} values.`, [
      { pointer: '', message: `has more than ${MAX_VALUES} values`, code: 'too_many_values' },
    ]);
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
