/** What spans and log lines say of the cause of a failure, in the same words. */
import { attr } from '#telemetry/conventions.ts';
import { CircuitOpenError, DependencyError, findCause, firstCause } from '../errors.ts';
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

/**
 * Of PostgreSQL, what may quote a value that somebody sent is shown by its code alone. These speak of the
 * server, or of names in the schema: connection, rights, a missing table or column, resources, shutdown.
 */
const QUOTES_NO_VALUE =
  /^(08...|25...|28...|3D000|40...|42501|42703|42P01|53...|55...|57...|58...)$/;

function describeCause(error: unknown): string {
  const first = firstCause(error);
  if (first === undefined) return '';
  const { sqlState = '' } = findCause(error, PostgresError) ?? {};
  const mayQuote = sqlState !== '' && !QUOTES_NO_VALUE.test(sqlState);
  return mayQuote ? sqlState : first.message.slice(0, MAX_CAUSE);
}
