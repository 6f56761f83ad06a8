/** The one place that says what an error means to a client: by its type, never by its text. */
import { EngineBusyError } from '../engine/pool.ts';
import {
  AppError,
  CircuitOpenError,
  DependencyError,
  findCause,
  type Dependency,
} from '../errors.ts';
import { PostgresError } from '../storage/postgres/errors.ts';
import { ClientGone } from './request/deadline.ts';

/** What clients are told of a dependency that may be back soon. */
const unavailable: Record<Dependency, string> = {
  postgresql: 'The database is unavailable for the moment.',
  redis: 'Redis is unavailable for the moment.',
  engine: 'The engine is unavailable for the moment.',
  filesystem: 'The file system is unavailable for the moment.',
  webhook: 'The receiver of a webhook is unavailable for the moment.',
};

/** Until a dependency that does not say how long it takes is asked again. */
const RETRY_AFTER_MS = 1000;

/** @returns null for a defect */
export function mapError(error: unknown): AppError | null {
  if (error instanceof AppError) return error;
  if (error instanceof ClientGone) return new AppError('BAD_REQUEST', error.message);
  const busy = findCause(error, EngineBusyError);
  if (busy !== undefined) {
    const { message, retryAfter } = busy;
    return new AppError('SERVICE_UNAVAILABLE', message, { cause: error, retryAfter });
  }
  const failure = findCause(error, DependencyError);
  return failure === undefined ? null : mapFailure(failure, error);
}

function mapFailure(failure: DependencyError, cause: unknown): AppError | null {
  if (failure.kind === 'rejected') return mapRejection(failure, cause);
  if (failure.kind === 'unknown') return null;
  const ms = failure instanceof CircuitOpenError ? failure.retryAfterMs : RETRY_AFTER_MS;
  return new AppError('SERVICE_UNAVAILABLE', unavailable[failure.dependency], {
    cause,
    retryAfter: Math.ceil(ms / 1000),
  });
}

/** By SQLSTATE: 23505 is a duplicate, class 22 a value that PostgreSQL cannot hold. */
function mapRejection(failure: DependencyError, cause: unknown): AppError | null {
  const { code = '' } = failure instanceof PostgresError ? failure : {};
  if (code === '23505') {
    return new AppError('CONFLICT', 'Something with this identity exists already.', { cause });
  }
  return code.startsWith('22')
    ? new AppError('VALIDATION_ERROR', 'A value is of a kind that cannot be stored.', { cause })
    : null;
}
