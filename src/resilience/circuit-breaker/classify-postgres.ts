import { classifyAny, codeOf, isBug, isOurs, type Verdict } from './verdict.ts';

/** EPIPE looks like one, but none begins with E. */
const sqlState = /^(?!E)[0-9A-Z]{5}$/;

/** 08 connection, 53 resources, 57P01–03 shutdown, crash and start: the server is unwell. */
const failures = /^(08...|53...|57P0[123])$/;

/** What pg and pg-pool say of a caller that waited for a free connection, or of one that was lost before. */
const local =
  /^(timeout exceeded when trying to connect|Client (has encountered a connection error|was closed) and is not queryable|Cannot use a pool after calling end)/;

const timeouts =
  /^(timeout expired|Query read timeout|Connection terminated due to connection timeout)/;

/**
 * PostgreSQL by SQLSTATE: what it says of the statement (22, 23, 40001, 40P01, …) says nothing of the
 * server's health, a lock that others hold (55P03) included. 57014 is a statement that ran out of time:
 * who knows that it was cancelled on request (pool-guard.ts) does not ask.
 */
export function classifyPostgres(error: unknown): Verdict {
  if (!(error instanceof Error) || isBug(error) || isOurs(error)) return 'ignored';
  const code = codeOf(error);
  if (code === '57014') return 'timeout';
  if (sqlState.test(code)) return failures.test(code) ? 'failure' : 'ignored';
  if (local.test(error.message)) return 'ignored';
  return timeouts.test(error.message) ? 'timeout' : classifyAny(error);
}
