/**
 * AppError: one error type for everything the service knows how to answer. It is thrown where the fact is
 * known and mapped to problem+json once, in `http/problems.ts`; any other error is a defect and
 * becomes INTERNAL_ERROR with a fixed sentence.
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
  REQUEST_HEADER_TIMEOUT: { status: 408, title: 'Request header timeout' },
  CONFLICT: { status: 409, title: 'Conflict' },
  DUPLICATE_RESOURCE: { status: 409, title: 'Resource already exists' },
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
