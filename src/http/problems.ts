/** The one place where a throw becomes an answer: problem+json (RFC 9457). */
import { AppError, errorCodes, type ErrorCode } from '../errors.ts';
import type { Middleware, RequestContext } from './request/context.ts';

export interface Problem {
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
  ctx.body = JSON.stringify(problemBody(ctx, problem));
  ctx.type = 'application/problem+json';
}

function problemBody(ctx: RequestContext, { code, status, message, options }: AppError) {
  const body: Problem = {
    type: problemType(code),
    title: errorCodes[code].title,
    status,
    detail: message,
    instance: ctx.path,
    error_code: code,
    request_id: ctx.state.requestId,
    trace_id: ctx.state.trace.traceId,
  };
  return {
    ...body,
    ...(options.errors === undefined ? {} : { errors: options.errors }),
    ...(options.help === undefined ? {} : { help: { docs_url: '/docs', ...options.help } }),
    ...(options.retryAfter === undefined ? {} : { retry_after: Math.ceil(options.retryAfter) }),
    ...options.extensions,
  };
}
