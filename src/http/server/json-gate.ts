/**
 * The one gate for JSON from outside: all that breaks a later stage is answered here, before any schema. What
 * that is, and why `JSON.parse` is not used, says `src/json/parse-json.ts`.
 */
import { AppError, type Fault } from '../../errors.ts';
import {
  JsonError,
  parseJson,
  type JsonFault,
  type JsonFaultCode,
  type ParsedJson,
} from '../../json/parse-json.ts';
import type { JsonBody } from '../request/context.ts';
import { invalid, jsonPointer } from '../routing/validate.ts';

export const MAX_DEPTH = 32;
/** Commas outside strings: several times what the largest request of any schema has. */
export const MAX_VALUES = 100_000;

const messages: Record<JsonFaultCode, string> = {
  nul_character: 'contains a NUL character',
  lone_surrogate: 'contains a lone surrogate',
  number_out_of_range: 'is a number out of range',
  unknown_member: 'is not a known member',
  duplicate_member: 'is given more than once',
};

function toFault({ path, code, inName }: JsonFault): Fault {
  const message = messages[code];
  return {
    pointer: jsonPointer(path),
    message: inName ? `has a member name that ${message}` : message,
    code,
  };
}

function malformed(detail: string): AppError {
  return new AppError('MALFORMED_JSON', detail, {
    help: { suggestion: 'Send one JSON value in UTF-8.' },
  });
}

const refusals: Record<JsonError['reason'], () => AppError> = {
  syntax: () => malformed('The request body is not valid JSON.'),
  depth: () => malformed(`The JSON is nested more than ${MAX_DEPTH} levels deep.`),
  commas: () =>
    invalid(`The JSON has more than ${MAX_VALUES} values.`, [
      { pointer: '', message: `has more than ${MAX_VALUES} values`, code: 'too_many_values' },
    ]),
};

/** @throws {AppError} MALFORMED_JSON (400) or VALIDATION_ERROR (422) */
export function readJsonBody(bytes: Uint8Array): JsonBody {
  if (bytes.length === 0) throw malformed('The request body is empty.');
  const text = decode(bytes);
  const parsed = parse(text);
  if (parsed.faults.length > 0) {
    throw invalid(
      'The request body has members or characters that are not accepted.',
      parsed.faults.map(toFault),
    );
  }
  return { ...parsed, text };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('The request body is not valid UTF-8.');
  }
}

function parse(text: string): ParsedJson {
  try {
    return parseJson(text, { depth: MAX_DEPTH, commas: MAX_VALUES });
  } catch (error) {
    throw error instanceof JsonError ? refusals[error.reason]() : error;
  }
}
