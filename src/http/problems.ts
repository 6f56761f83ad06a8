/** The one place where a throw becomes an answer: problem+json (RFC 9457). */
import { AppError, errorCodes, type ErrorCode } from '../errors.ts';
import type { HeaderFacts } from './headers.ts';
import type { Middleware, RequestContext } from './request/context.ts';

/** One that is kept. */
export type StoredProblem = Record<string, unknown>;

interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  error_code: ErrorCode;
  request_id: string;
  trace_id: string;
}

const DEFECT = 'An unexpected error occurred. Quote the request_id when you report it.';

export function problemType(code: ErrorCode): string {
  return `/api/v1/errors#${code.toLowerCase().replaceAll('_', '-')}`;
}

export const problemHeaders = {
  'Retry-After': {
    description: 'Seconds until a retry may succeed.',
    example: 1,
    type: 'integer',
  },
  'WWW-Authenticate': {
    description: 'How to say who asks, and why that did not suffice (RFC 6750).',
    example: 'Bearer realm="sono-eval"',
  },
  Allow: { description: 'Methods that the path has.', example: 'GET, HEAD, OPTIONS, POST' },
} as const satisfies HeaderFacts;

/** @param request path and ids of the request that failed */
export function toProblem(
  { code, status, message, options }: Pick<AppError, 'code' | 'status' | 'message' | 'options'>,
  request: Pick<Problem, 'instance' | 'request_id' | 'trace_id'>,
) {
  const body: Problem = {
    type: problemType(code),
    title: errorCodes[code].title,
    status,
    detail: message,
    instance: request.instance,
    error_code: code,
    request_id: request.request_id,
    trace_id: request.trace_id,
  };
  return {
    ...body,
    ...(options.errors === undefined ? {} : { errors: options.errors }),
    ...(options.help === undefined ? {} : { help: { docs_url: '/docs', ...options.help } }),
    ...(options.retryAfter === undefined ? {} : { retry_after: Math.ceil(options.retryAfter) }),
    ...options.extensions,
  };
}

/** @param mapError turns what libraries throw (storage, abort) into an AppError; null for a defect */
export function problems(deps: { mapError: (error: unknown) => AppError | null }): Middleware {
  return async function problems(ctx, next) {
    try {
      await next();
    } catch (error) {
      answer(ctx, error, deps.mapError(error));
    }
  };
}

function answer(ctx: RequestContext, error: unknown, known: AppError | null): void {
  const problem = known ?? new AppError('INTERNAL_ERROR', DEFECT, { cause: error });
  ctx.state.error = error;
  ctx.state.errorCode = problem.code;
  if (ctx.res.destroyed || ctx.res.writableEnded) {
    ctx.respond = false;
    return;
  }
  const { headers = {}, retryAfter } = problem.options;
  ctx.set(headers);
  if (retryAfter !== undefined) ctx.set('Retry-After', String(Math.ceil(retryAfter)));
  ctx.set('Cache-Control', 'no-store');
  ctx.status = problem.status;
  const { requestId: request_id, trace } = ctx.state;
  const request = { instance: ctx.path, request_id, trace_id: trace.traceId };
  ctx.body = JSON.stringify(toProblem(problem, request));
  ctx.type = 'application/problem+json';
}
