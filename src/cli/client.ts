/** The service over HTTP: each request has a deadline, and what it is refused for becomes a sentence. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf, firstCause } from '../errors.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import type { Io } from './io.ts';
import { clean } from './text.ts';

export interface ServerOptions {
  server?: string | undefined;
  keyFile?: string | undefined;
  /** Seconds. */
  timeout: number;
}

export interface Request {
  body?: unknown;
  form?: FormData;
  query?: Record<string, string | undefined>;
  headers?: Record<string, string>;
}

export interface Client {
  url: string;
  /** The text of an answer that is no refusal. @throws {CliError} */
  text: (method: string, path: string, request?: Request) => Promise<string>;
  /** What such a text says. @throws {CliError} when it is no answer of a service */
  read: <T>(text: string, schema: z.ZodType<T>) => T;
  /** Both. @throws {CliError} */
  json: <T>(method: string, path: string, schema: z.ZodType<T>, request?: Request) => Promise<T>;
}

const DEFAULT_URL = 'http://localhost:8000';
/** Of one request that found no room, the first one included. */
const TRIES = 4;
/** Longer waits are for whoever typed the command to decide on. */
const MOST_WAIT_SECONDS = 15;

/** Whether a server was named, which assessing needs to know. */
export function namedServer({ server }: Pick<ServerOptions, 'server'>, io: Io): string | undefined {
  return server ?? (io.env['SONO_EVAL_URL'] || undefined);
}

export function createClient(options: ServerOptions, io: Io): Client {
  const url = namedServer(options, io) ?? DEFAULT_URL;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new CliError(
      `The address of the server must begin with https:// or http://, and is ${clean(url)}.`,
      exitCodes.usage,
    );
  }
  const key = keyFor(url, options, io);
  const ask = async (method: string, path: string, request: Request): Promise<Response> => {
    const target = new URL(url.replace(/\/$/, '') + path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) target.searchParams.set(name, value);
    }
    const body = request.form ?? (request.body === undefined ? null : JSON.stringify(request.body));
    try {
      return await fetch(target, {
        method,
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(options.timeout * 1000),
        headers: {
          ...(key === undefined ? {} : { 'X-API-Key': key }),
          ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...request.headers,
        },
      });
    } catch (error) {
      throw unreachable(url, options.timeout, error);
    }
  };
  const text = async (method: string, path: string, request: Request = {}): Promise<string> => {
    const repeats = method === 'GET' || request.headers?.['Idempotency-Key'] !== undefined;
    for (let left = repeats ? TRIES : 1; ; left -= 1) {
      const response = await ask(method, path, request);
      const body = await response.text().catch((error: unknown) => {
        throw unreachable(url, options.timeout, error);
      });
      if (response.ok) return body;
      const seconds = waitBefore(response);
      if (seconds === undefined || left === 1) throw refused(response.status, body, key);
      await io.wait(seconds * 1000);
    }
  };
  const read = <T>(body: string, schema: z.ZodType<T>): T => {
    const parsed = schema.safeParse(parse(body));
    if (parsed.success) return parsed.data;
    throw new CliError(
      `${url} answered something else than this version of sono-eval understands: is it a Sono-Eval service?`,
    );
  };
  return {
    url,
    text,
    read,
    json: async (method, path, schema, request) => read(await text(method, path, request), schema),
  };
}

/** Seconds until there may be room; undefined: it is something else, or too long to wait for. */
function waitBefore({ status, headers }: Response): number | undefined {
  const seconds = Number(headers.get('Retry-After') ?? NaN);
  const isPassing = status === 429 || status === 503;
  return isPassing && seconds <= MOST_WAIT_SECONDS ? seconds : undefined;
}

/** Never an argument: whoever may list processes would read it. */
function keyFor(url: string, { keyFile }: ServerOptions, io: Io): string | undefined {
  const { env } = io;
  const file = keyFile ?? env['SONO_EVAL_API_KEY_FILE'];
  if (file !== undefined && file !== '') {
    try {
      return readFileSync(file, 'utf8').trim();
    } catch (cause) {
      throw new CliError(`The file with the key cannot be read: ${file}.`, exitCodes.config, {
        cause,
      });
    }
  }
  if (env['SONO_EVAL_API_KEY']) return env['SONO_EVAL_API_KEY'].trim();
  if (!['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)) return undefined;
  try {
    // Of a service that was started in this folder.
    return readFileSync(join(io.cwd, 'data', 'admin.key'), 'utf8').trim();
  } catch {
    return undefined;
  }
}

const problem = z.object({
  title: z.string(),
  detail: z.string(),
  request_id: z.string().optional(),
  retry_after: z.number().optional(),
  errors: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
  help: z.object({ suggestion: z.string().optional() }).optional(),
});

/** Faults that are told one by one. */
const MOST_FAULTS = 10;

export function refused(status: number, body: string, key: string | undefined): CliError {
  const read = problem.safeParse(parse(body));
  if (!read.success) {
    return new CliError(`The server answered ${status} and no reason for it.`, codeFor(status));
  }
  const { detail, errors = [], help, request_id: id, retry_after: after } = read.data;
  const faults = errors
    .slice(0, MOST_FAULTS)
    .map(({ pointer, message }) => `  ${clean(pointer)} ${clean(message)}`);
  const rest = errors.length - faults.length;
  const lines = [
    clean(detail),
    ...faults,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    ...(help?.suggestion === undefined ? [] : [clean(help.suggestion)]),
    ...adviceFor(status, key, after),
    ...(status >= 500 && id !== undefined ? [`request_id ${clean(id)}`] : []),
  ];
  return new CliError(lines.join('\n'), codeFor(status));
}

function codeFor(status: number): number {
  if (status === 401 || status === 403) return exitCodes.noPermission;
  if (status === 429) return exitCodes.tempfail;
  if (status === 413 || status === 415 || status === 422) return exitCodes.data;
  return status === 503 || status === 504 ? exitCodes.unavailable : exitCodes.failed;
}

function adviceFor(status: number, key: string | undefined, after: number | undefined): string[] {
  const later = after === undefined ? 'later' : `in ${after} s`;
  switch (status) {
    case 401:
      return key === undefined
        ? [
            'Say who asks: put an API key into SONO_EVAL_API_KEY, or its file into SONO_EVAL_API_KEY_FILE.',
          ]
        : [
            'The key that was sent is unknown here, expired or revoked: sono-eval keys create makes another.',
          ];
    case 403:
      return ['The role of the key does not reach so far: use one of a higher role.'];
    case 429:
      return [`Try again ${later}; a key with limits of its own is made by POST /api/v1/api-keys.`];
    case 503:
    case 504:
      return [
        `Try again ${later}. What is wrong there is told by sono-eval doctor, and by /health.`,
      ];
    default:
      return [];
  }
}

function unreachable(url: string, seconds: number, cause: unknown): CliError {
  const isLate = cause instanceof Error && cause.name === 'TimeoutError';
  const origin = firstCause(cause);
  const why = isLate
    ? `it did not answer within ${seconds} s; --timeout allows more`
    : codeOf(origin) || (origin?.message ?? 'unknown reason');
  return new CliError(
    `${url} cannot be reached: ${why}.\nIs the service running (npm start)?\nAnother one is named by --server or SONO_EVAL_URL.`,
    exitCodes.unavailable,
    { cause },
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
