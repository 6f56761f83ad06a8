/** What a schema cannot say of an account or a key. */
import type { AppError } from '../../errors.ts';
import type { Role } from '../../http/request/caller.ts';
import { invalid } from '../../http/routing/validate.ts';

/** @throws {AppError} VALIDATION_ERROR unless exactly a candidate is a person */
export function candidateOf(
  role: Role,
  given: string | undefined,
  before: string | null,
): string | null {
  const candidateId = role === 'candidate' ? (given ?? before) : null;
  if (role === 'candidate' && candidateId === null) throw misfit('is required for a candidate');
  if (role !== 'candidate' && given !== undefined) throw misfit('is for the role candidate only');
  return candidateId;
}

function misfit(message: string): AppError {
  return invalid('The request body does not fit.', [
    { pointer: '/candidate_id', message, code: 'custom' },
  ]);
}

/**
 * The one name of an account, however it is written. Capitals are told here alone: PostgreSQL takes other letters
 * for the same (`İ` for `i`), by which a name would have several spellings, and so several limits.
 */
export function loginName(username: string): string {
  return username.toLowerCase();
}

/** @throws {AppError} VALIDATION_ERROR when the password is the name, whatever the capitals */
export function refuseUsername(password: string, username: string): void {
  if (password.toLowerCase() !== username.toLowerCase()) return;
  throw invalid('The request body does not fit.', [
    { pointer: '/password', message: 'must not be the username', code: 'custom' },
  ]);
}
