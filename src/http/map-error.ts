import { AppError } from '../errors.ts';
import { toAppError } from '../storage/postgres/errors.ts';
import { ClientGone } from './request/deadline.ts';

/** What a throw means to a client; null for a defect. */
export function mapError(error: unknown): AppError | null {
  if (error instanceof ClientGone) return new AppError('BAD_REQUEST', error.message);
  const mapped = toAppError(error);
  return mapped instanceof AppError ? mapped : null;
}
