import { codeOf, DependencyError, isProgrammingError, type FailureKind } from '../../errors.ts';

/** Redis did not do what it was asked; `cause` is the client's error, whose name it keeps for metrics and spans. */
export class RedisError extends DependencyError {
  override readonly name: string;
  /** First word of an error reply (`NOSCRIPT`, `READONLY`, …); '' when there was no reply. */
  readonly reply: string;

  /** It may have been done all the same: only the answer is missing. */
  readonly wasSent: boolean;

  constructor(cause: Error, { wasSent = true } = {}) {
    const reply = cause.name === 'ReplyError' ? (cause.message.split(' ', 1)[0] ?? '') : '';
    super('redis', kindOf(cause, reply), cause.message, { cause });
    this.name = cause.name;
    this.reply = reply;
    this.wasSent = wasSent;
  }
}

/**
 * The error by its owner; a mistake of ours comes back as it is.
 * @param lost why there is no connection, where that is known: the cause of what only says that there is none
 * @param options.wasSent false: it was refused before it could reach Redis
 */
export function toRedisError(
  error: unknown,
  lost?: Error,
  options: { wasSent?: boolean } = {},
): unknown {
  if (!(error instanceof Error) || error instanceof DependencyError) return error;
  if (isProgrammingError(error)) return error;
  const failure = new RedisError(error, options);
  if (failure.reply === '' && failure.kind === 'unavailable') error.cause ??= lost;
  return failure;
}

/** Replies by which Redis says that it cannot serve now; any other is about the command. */
const unwell = new Set(
  'LOADING CLUSTERDOWN READONLY MASTERDOWN BUSY OOM MISCONF NOREPLICAS TRYAGAIN'.split(' '),
);

/** Whatever else ioredis says (closed, not writable, an AbortError for what a lost connection took along) is of the connection. */
function kindOf(cause: Error, reply: string): FailureKind {
  if (reply !== '') return unwell.has(reply) ? 'unavailable' : 'rejected';
  const isTimeout = cause.message === 'Command timed out' || codeOf(cause) === 'ETIMEDOUT';
  return isTimeout ? 'timeout' : 'unavailable';
}
