/**
 * Forms (`application/x-www-form-urlencoded`, as the URL standard writes them). Stricter than its parser, which
 * replaces what is no UTF-8: a password that was altered would be another one.
 */
import { AppError, type Fault } from '../../errors.ts';
import { invalid, jsonPointer } from '../routing/validate.ts';

/** Names and texts, not files. */
export const FORM_BYTES = 8192;

/** @throws {AppError} BAD_REQUEST for what is no form, VALIDATION_ERROR for members that cannot be used */
export function readFormBody(bytes: Uint8Array): Record<string, string> {
  const members = decodeUtf8(bytes)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      const end = at === -1 ? pair.length : at;
      return [decode(pair.slice(0, end)), decode(pair.slice(end + 1))] as const;
    });
  const names = new Set<string>();
  const faults: Fault[] = [];
  for (const [name, value] of members) {
    const refuse = (code: string, message: string) =>
      faults.push({ pointer: jsonPointer([name]), message, code });
    if (names.has(name)) refuse('duplicate_member', 'is given more than once');
    if (`${name}${value}`.includes('\0')) refuse('nul_character', 'contains a NUL character');
    names.add(name);
  }
  if (faults.length > 0) throw invalid('The form has members that are not accepted.', faults);
  return Object.fromEntries(members);
}

function malformed(detail: string): AppError {
  return new AppError('BAD_REQUEST', detail, {
    help: { suggestion: 'Percent-encode each name and value as UTF-8.' },
  });
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('The form is not valid UTF-8.');
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformed('The form has an escape that is not valid UTF-8.');
  }
}
