import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { ParameterizedContext } from 'koa';
import type { ErrorCode } from '../errors.ts';

/** What the middleware leaves on `ctx.state` for those after it; each member names who sets it. */
export interface RequestState {
  /** requestId */
  requestId: string;
  /** requestId: monotonic milliseconds (`performance.now()`) at which the request arrived. */
  startedAt: number;
  /** trace: template of the matched route, `unmatched` when there is none. */
  route: string;
  /** trace: 32 and 16 hex digits; zeros when tracing is off. */
  traceId: string;
  spanId: string;
  /** problems: the error that was answered, for the log line and the metrics. */
  error?: unknown;
  /** problems: public error code of the answer, when it is a problem. */
  errorCode?: ErrorCode;
  /** deadline: aborts when the time is up or the client is gone. */
  signal: AbortSignal;
  /** body: parsed JSON. */
  body?: unknown;
  /** unitOfWork: one identity map per request. */
  em: SqlEntityManager;
}

export type RequestContext = ParameterizedContext<RequestState>;
export type Middleware = (ctx: RequestContext, next: () => Promise<void>) => Promise<void> | void;

/** Template of the route that a request matches by path (whatever the method), else `unmatched`. */
export type RouteOf = (method: string, path: string) => string;
