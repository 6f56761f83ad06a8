/** One line a request, written when the answer is complete: who asked what, what came of it, how long it took. */
import { attr, knownMethod } from '#telemetry/conventions.ts';
import type { LogFields, Logger } from '#telemetry/logger.ts';
import { timeKinds } from '#telemetry/request-times.ts';
import { AppError, CircuitOpenError, findCause } from '../../errors.ts';
import { failureFields } from '../../storage/failure.ts';
import type { Middleware, RequestContext } from './context.ts';
import type { Handles } from './handles.ts';
import { onResponseEnd, statusOf } from './response-end.ts';

export function requestLog(deps: {
  log: Logger;
  slowRequestMs: number;
  /** Absent: requests name nobody. */
  handles?: Handles;
}): Middleware {
  const write = (ctx: RequestContext, complete: boolean) => {
    const ms = performance.now() - ctx.state.startedAt;
    const fields = { ...describe(ctx, ms, complete), ...deps.handles?.in(ctx) };
    if (ctx.state.facts.probe) {
      // A probe's 503 is an answer, not a failure; the change of health has a line of its own.
      deps.log.debug('Request handled', fields);
    } else if (failed(ctx)) {
      reportFailure(deps.log, ctx, { ...fields, ...timesOf(ctx) });
    } else if (ms >= deps.slowRequestMs && ctx.state.facts.reply !== 'events') {
      deps.log.warn('Request was slow', { ...fields, ...timesOf(ctx) });
    } else {
      deps.log.info('Request handled', fields);
    }
  };
  return function requestLog(ctx, next) {
    onResponseEnd(ctx, (complete) => write(ctx, complete));
    return next();
  };
}

/**
 * What was thrown on purpose says all by its code; its stack would only say where that stands. What
 * an open breaker refused is no news: the failures that opened it have their lines.
 */
function reportFailure(log: Logger, { state, res }: RequestContext, fields: LogFields): void {
  const { error } = state;
  const onPurpose = error instanceof AppError && error.cause === undefined;
  if (res.statusCode === 503 && (onPurpose || findCause(error, CircuitOpenError) !== undefined)) {
    log.warn('Request was refused', fields);
  } else log.error('Request failed', onPurpose ? fields : { ...fields, error });
}

function failed({ res }: RequestContext): boolean {
  return res.headersSent && res.statusCode >= 500;
}

/** Where the time went, as `sql_ms` and the like; parts that took none are left out. */
function timesOf({ state }: RequestContext): LogFields {
  const parts = timeKinds.filter((kind) => state.times[kind] > 0);
  return Object.fromEntries(parts.map((kind) => [`${kind}_ms`, rounded(state.times[kind])]));
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function describe(ctx: RequestContext, ms: number, complete: boolean): LogFields {
  const { state, res } = ctx;
  const fields: LogFields = {
    // Every request has its line, whatever the rate.
    always: true,
    trace: state.trace,
    [attr.eventName]: 'http.request',
    request_id: state.requestId,
    [attr.httpMethod]: knownMethod(ctx.method),
    [attr.httpRoute]: state.route,
    duration_ms: rounded(ms),
  };
  fields[attr.httpStatus] = statusOf(res);
  if (failed(ctx)) Object.assign(fields, failureFields(state.error));
  if (state.identity !== null) fields[attr.caller] = state.identity.id;
  if (state.subject !== undefined) fields[attr.subject] = state.subject;
  if (state.errorCode !== undefined) fields[attr.errorCode] = state.errorCode;
  if (!complete) fields['aborted'] = true;
  return fields;
}
