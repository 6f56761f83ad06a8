import { AppError } from '../../errors.ts';

/** Socket and resolver errors: the server is not there, or went away. */
const connectionCodes = new Set(
  'ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH ENOTFOUND EAI_AGAIN ENOENT'.split(
    ' ',
  ),
);

/** What pg and pg-pool say without a code. */
const connectionMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client (has encountered a connection error|was closed) and is not queryable|Cannot use a pool after calling end)/;

/** Of the error by which a circuit breaker refuses a call; it says in `retryAfterMs` when to come back. */
const CIRCUIT_OPEN = 'CIRCUIT_OPEN';

/**
 * SQLSTATEs that a retry may overcome: 08 connection, 40 rollback (serialization, deadlock),
 * 53 resources, 57P shutdown and crash, 25P03 idle transaction ended, 55P03 lock and 57014
 * statement timeout.
 */
const retryableState = /^(08...|40...|53...|57P..|25P03|55P03|57014)$/;

/** Whether the database could not be reached, or could not answer in time. */
export function isUnavailable(error: unknown): boolean {
  return causes(error).some((link) => {
    const code = codeOf(link);
    return code === undefined
      ? connectionMessages.test(link.message)
      : retryableState.test(code) || connectionCodes.has(code) || code === CIRCUIT_OPEN;
  });
}

/**
 * What the database's errors mean to a client: unavailable (503), a duplicate (409), a value that
 * it cannot hold (422). Any other error comes back as it is.
 * @param signal of the request: once it is aborted, its reason is what failed the query, which
 *   MikroORM has turned into an exception of its own
 */
export function toAppError(error: unknown, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof AppError) return error;
  if (isUnavailable(error)) {
    return new AppError('SERVICE_UNAVAILABLE', 'The database is unavailable for the moment.', {
      cause: error,
      retryAfter: retryAfter(error),
    });
  }
  const states = causes(error).map((link) => codeOf(link) ?? '');
  if (states.includes('23505')) {
    return new AppError('CONFLICT', 'Something with this identity exists already.', {
      cause: error,
    });
  }
  if (states.some((state) => /^22[0-9A-Z]{3}$/.test(state))) {
    return new AppError('VALIDATION_ERROR', 'A value is of a kind that cannot be stored.', {
      cause: error,
    });
  }
  return error;
}

/** Whole seconds, at least one. */
function retryAfter(error: unknown): number {
  const refusal = causes(error).find((link) => codeOf(link) === CIRCUIT_OPEN);
  const ms: unknown = refusal === undefined ? undefined : Reflect.get(refusal, 'retryAfterMs');
  return typeof ms === 'number' && ms > 0 ? Math.ceil(ms / 1000) : 1;
}

/** Whether a breaker let nobody through: this call learnt nothing new of the database. */
export function isCircuitOpen(error: unknown): boolean {
  return causes(error).some((link) => codeOf(link) === CIRCUIT_OPEN);
}

/** The error and what caused it, 8 deep; the members of an AggregateError (a host with several addresses) included. */
function causes(error: unknown): Error[] {
  const found: Error[] = [];
  const open = [error];
  while (open.length > 0 && found.length < 8) {
    const next = open.shift();
    if (!(next instanceof Error) || found.includes(next)) continue;
    found.push(next);
    if (next instanceof AggregateError) open.push(...next.errors);
    open.push(next.cause);
  }
  return found;
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
