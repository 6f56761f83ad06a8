/**
 * AppError: what the service knows how to answer. It is thrown where the fact is known and becomes
 * problem+json once, in `http/problems.ts`.
 *
 * DependencyError: what a dependency did not do. Whoever owns the connection to it throws it, with the
 * name of the dependency and the driver's own error as `cause`; `http/map-error.ts` says what it means
 * to a client. Any other error is a defect and becomes INTERNAL_ERROR with a fixed sentence.
 */

/** Every public error code with its HTTP status (RFC 9110) and title; `GET /api/v1/errors` lists them. */
export const errorCodes = {
  MALFORMED_JSON: { status: 400, title: 'Malformed JSON' },
  BAD_REQUEST: { status: 400, title: 'Bad request' },
  UNAUTHORIZED: { status: 401, title: 'Authentication required' },
  INVALID_CREDENTIALS: { status: 401, title: 'Invalid credentials' },
  FORBIDDEN: { status: 403, title: 'Forbidden' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed' },
  NOT_ACCEPTABLE: { status: 406, title: 'Not acceptable' },
  REQUEST_HEADER_TIMEOUT: { status: 408, title: 'Request header timeout' },
  CONFLICT: { status: 409, title: 'Conflict' },
  DUPLICATE_RESOURCE: { status: 409, title: 'Resource already exists' },
  PRECONDITION_FAILED: { status: 412, title: 'Precondition failed' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'Payload too large' },
  FILE_TOO_LARGE: { status: 413, title: 'File too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Unsupported media type' },
  INVALID_FILE_TYPE: { status: 415, title: 'Invalid file type' },
  MISDIRECTED_REQUEST: { status: 421, title: 'Misdirected request' },
  VALIDATION_ERROR: { status: 422, title: 'Validation failed' },
  INVALID_FORMAT: { status: 422, title: 'Invalid format' },
  RATE_LIMIT_EXCEEDED: { status: 429, title: 'Rate limit exceeded' },
  HEADERS_TOO_LARGE: { status: 431, title: 'Request header fields too large' },
  INTERNAL_ERROR: { status: 500, title: 'Internal error' },
  SERVICE_UNAVAILABLE: { status: 503, title: 'Service unavailable' },
  REQUEST_TIMEOUT: { status: 504, title: 'Request timeout' },
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** One fault in a request; `pointer` is a JSON Pointer (RFC 6901) into the request body or query. */
export interface Fault {
  pointer: string;
  message: string;
  code: string;
}

export interface AppErrorOptions {
  cause?: unknown;
  errors?: Fault[];
  help?: { suggestion: string; valid_examples?: unknown[] };
  /** Seconds until a retry may succeed; becomes `Retry-After` and `retry_after`. */
  retryAfter?: number;
  /** Further response headers, e.g. `Allow`. */
  headers?: Record<string, string>;
  /** Further members of the problem (RFC 9457), for clients that act on them. */
  extensions?: Record<string, unknown>;
}

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly options: AppErrorOptions;

  /** @param detail a sentence that may be shown to the client: no SQL, paths or secrets */
  constructor(code: ErrorCode, detail: string, options: AppErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = errorCodes[code].status;
    this.options = options;
  }
}

/** What the service depends on; named as OpenTelemetry's `db.system.name` where it has a name. */
export const dependencies = ['postgresql', 'redis', 'engine', 'filesystem', 'webhook'] as const;
export type Dependency = (typeof dependencies)[number];

/**
 * How a dependency failed:
 * - `unavailable`: not reached, lost, or it said that it cannot serve
 * - `timeout`: no answer in time
 * - `retryable`: not now, which says nothing of its health (a full pool, a lock, a refusing breaker)
 * - `rejected`: it answered, and did not accept what it was asked
 * - `unknown`: anything else
 */
export type FailureKind = 'unavailable' | 'timeout' | 'retryable' | 'rejected' | 'unknown';

export class DependencyError extends Error {
  override readonly name: string = 'DependencyError';
  readonly dependency: Dependency;
  readonly kind: FailureKind;

  constructor(
    dependency: Dependency,
    kind: FailureKind,
    message: string,
    options: { cause?: unknown } = {},
  ) {
    super(message, options);
    this.dependency = dependency;
    this.kind = kind;
  }
}

/** A circuit breaker refused a call, which was not made. Without an alternative the client gets 503 and `Retry-After`. */
export class CircuitOpenError extends DependencyError {
  override readonly name = 'CircuitOpenError';
  readonly code = 'CIRCUIT_OPEN';
  readonly breaker: string;
  /** Milliseconds, at least 1. */
  readonly retryAfterMs: number;

  /** @param cause what opened the breaker, where that is known */
  constructor(breaker: string, dependency: Dependency, retryAfterMs: number, cause?: unknown) {
    // A refusal is no fault of the code that called: its stack costs most of it and tells nothing.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    const options = cause === undefined || cause === null ? {} : { cause };
    super(dependency, 'retryable', `The circuit breaker ${breaker} lets no call through.`, options);
    Error.stackTraceLimit = limit;
    this.breaker = breaker;
    this.retryAfterMs = Math.max(1, Math.ceil(retryAfterMs));
  }
}

/** Another process of this service did not answer in time; it is on this machine, and no dependency. */
export class LateAnswer extends Error {
  override readonly name = 'LateAnswer';
}

/** A process of this service ended, and with it the service. */
export class ProcessFailed extends Error {
  override readonly name = 'ProcessFailed';
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Links of a chain of causes that are looked at: it may be a circle. */
const MAX_LINKS = 8;

/** The error and what caused it, the members of an AggregateError (a host with several addresses) included. */
export function causesOf(error: unknown): Error[] {
  const found: Error[] = [];
  const open = [error];
  while (open.length > 0 && found.length < MAX_LINKS) {
    const next = open.shift();
    if (!(next instanceof Error) || found.includes(next)) continue;
    found.push(next);
    if (next instanceof AggregateError) open.push(...next.errors);
    open.push(next.cause);
  }
  return found;
}

/** Where it began: the last link that says something, such as `connect ECONNREFUSED 127.0.0.1:5432`. */
export function firstCause(error: unknown): Error | undefined {
  return causesOf(error).findLast(
    (link) => link.message !== '' && !(link instanceof AggregateError),
  );
}

/** @returns the first error of that type in the chain of causes */
export function findCause<E extends Error>(
  error: unknown,
  type: abstract new (...args: never[]) => E,
): E | undefined {
  return causesOf(error).find((link): link is E => link instanceof type);
}

/** @returns `code` of an error by Node, a driver or the database, else '' */
export function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : '';
}

/** A mistake in our own code, before anything was asked of a dependency. */
export function isProgrammingError(error: unknown): boolean {
  const isOurs =
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError ||
    error instanceof SyntaxError;
  return isOurs && error.cause === undefined;
}

/** `sysexits.h` EX_USAGE: a command was called in another way than it says. */
export const EXIT_USAGE = 64;
/** `sysexits.h` EX_CONFIG: the process was configured wrongly and started nothing. */
export const EXIT_CONFIG = 78;

export interface ConfigFault {
  variable: string;
  fault: string;
  example: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: ConfigFault[];
  constructor(faults: ConfigFault[]) {
    const lines = faults.map(
      ({ variable, fault, example }) => `  ${variable} ${fault}. Example: ${variable}=${example}`,
    );
    super(`Configuration refused, nothing was started:\n${lines.join('\n')}`);
    this.faults = faults;
  }
}
