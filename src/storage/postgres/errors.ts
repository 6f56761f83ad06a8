/** What the driver and the server say, as typed errors: the only file that knows their codes and texts. */
import { isSqlState } from '#telemetry/sql.ts';
import {
  causesOf,
  codeOf,
  DependencyError,
  findCause,
  isProgrammingError,
  type FailureKind,
} from '../../errors.ts';

/** PostgreSQL did not do what it was asked; `cause` is the driver's error. */
export class PostgresError extends DependencyError {
  override readonly name = 'PostgresError';
  /** SQLSTATE, or the code of the socket; MikroORM and the log read it. */
  readonly code: string | undefined;
  /** Of the code only what the server said; '' where it did not. */
  readonly sqlState: string;
  /** One of few words, for metrics and spans (`error.type`): the code or, where there is none, what happened. */
  readonly type: string;

  constructor(cause: Error) {
    // Of a host with several addresses the first that says something.
    const links = causesOf(cause);
    const telling = links.find((link) => kindOf(link) !== 'unknown') ?? cause;
    super('postgresql', kindOf(telling), cause.message, { cause });
    this.code = codeOf(telling) || undefined;
    this.sqlState = isSqlState(this.code ?? '') ? (this.code ?? '') : '';
    this.type = this.code ?? typeOf(telling);
  }
}

/** The error by its owner. What is not PostgreSQL's (a mistake of ours, a withdrawn call) comes back as it is. */
export function toPostgresError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DependencyError) return error;
  return error.name === 'AbortError' || isProgrammingError(error)
    ? error
    : new PostgresError(error);
}

/** Whether PostgreSQL could not be reached, could not answer in time, or may be asked again. */
export function isUnavailable(error: unknown): boolean {
  const failure = findCause(error, DependencyError);
  return (
    failure?.dependency === 'postgresql' &&
    (failure.kind === 'unavailable' || failure.kind === 'timeout' || failure.kind === 'retryable')
  );
}

/** A server that takes no writes: a standby, or the primary of before a fail-over. */
export const READ_ONLY = '25006';

/**
 * The first that fits; any other is about what was asked. 08 connection, 53 resources, 58 its files, 57P01–03 shutdown, crash and start
 * are the server's; so are 28 (a password that is being changed), 3D000 and 55000 (a database that is
 * being restored or takes no connections), for none of them is in what was asked. 57014 is a statement
 * that ran out of time; 40 rollback (serialization, deadlock), 57P others, 25P03 idle transaction,
 * 55P03 lock and `READ_ONLY` may succeed when tried again, and reads go on meanwhile.
 */
const states: [RegExp, FailureKind][] = [
  [/^(08...|28...|3D000|53...|55000|57P0[123]|58...)$/, 'unavailable'],
  [/^57014$/, 'timeout'],
  [new RegExp(`^(40...|57P..|25P03|55P03|${READ_ONLY})$`), 'retryable'],
];

/** Of the socket and the resolver: the server is not there, or went away. ENOENT is its socket's file. */
const codes: [RegExp, FailureKind][] = [
  [/^ETIMEDOUT$/, 'timeout'],
  [
    /^(ECONNREFUSED|ECONNRESET|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT)$/,
    'unavailable',
  ],
];

/** What pg and pg-pool say without a code: of time, of a caller who waited for a free connection or was given a lost one, of the connection. */
const messages: [RegExp, FailureKind, string][] = [
  [/^Query read timeout/, 'timeout', 'timeout'],
  [
    /^(timeout expired|Connection terminated due to connection timeout)/,
    'timeout',
    'connect_timeout',
  ],
  [/^timeout exceeded when trying to connect/, 'retryable', 'pool_timeout'],
  [
    /^Client (has encountered a connection error|was closed) and is not queryable/,
    'retryable',
    'connection_lost',
  ],
  [/^Cannot use a pool after calling end/, 'retryable', 'closing'],
  [/^Connection terminated/, 'unavailable', 'connection_lost'],
];

function kindOf(error: Error): FailureKind {
  const code = codeOf(error);
  if (code === '') return said(error)?.[1] ?? 'unknown';
  const known = [...states, ...codes].find(([pattern]) => pattern.test(code))?.[1];
  return known ?? (isSqlState(code) ? 'rejected' : 'unknown');
}

function typeOf(error: Error): string {
  return said(error)?.[2] ?? '_OTHER';
}

function said({ message }: Error) {
  return messages.find(([pattern]) => pattern.test(message));
}
