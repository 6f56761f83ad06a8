/** What spans and log lines say of the cause of a failure, in the same words. */
import { attr } from '#telemetry/conventions.ts';
import { CircuitOpenError, codeOf, DependencyError, findCause, firstCause } from '../errors.ts';
import { PostgresError } from './postgres/errors.ts';
import { RedisError } from './redis/errors.ts';

/** A driver's sentence is short; what is longer quotes something. */
const MAX_CAUSE = 200;

/** Members without a value are left out. */
export type FailureFields = Partial<Record<string, string>>;

/** @param error any; of a defect there is nothing to say beyond its own name */
export function failureFields(error: unknown): FailureFields {
  const failure = findCause(error, DependencyError);
  if (failure === undefined) return {};
  const status = statusOf(error);
  const cause = describeCause(error);
  const breaker = findCause(error, CircuitOpenError)?.breaker;
  return {
    [attr.dependency]: failure.dependency,
    ...(breaker === undefined ? {} : { [attr.breaker]: breaker }),
    ...(status === '' ? {} : { [attr.dbStatus]: status }),
    ...(cause === '' ? {} : { [attr.errorCause]: cause }),
  };
}

/** SQLSTATE, or Redis's first word. */
function statusOf(error: unknown): string {
  return findCause(error, PostgresError)?.sqlState || (findCause(error, RedisError)?.reply ?? '');
}

/** PostgreSQL quotes the client's values in its classes 22 and 23, which are shown by their code alone. */
function describeCause(error: unknown): string {
  const first = firstCause(error);
  if (first === undefined) return '';
  const code = codeOf(first);
  return /^2[23]...$/.test(code) ? code : first.message.slice(0, MAX_CAUSE);
}
