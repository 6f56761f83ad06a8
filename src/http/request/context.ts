import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { ParameterizedContext } from 'koa';
import { noTimes, type Times } from '#telemetry/request-times.ts';
import { idsOf, type TraceIds } from '#telemetry/tracing.ts';
import type { ErrorCode } from '../../errors.ts';
import type { ParsedJson } from '../../json/parse-json.ts';
import type { Admission } from '../server/admission.ts';
import type { Overload } from '../server/overload.ts';
import type { Deadline } from '../../time/deadline.ts';
import type { Caller, Role } from './caller.ts';
import type { NamedKind, Names } from './handles.ts';

/** The route of a request that belongs to none. */
export const UNMATCHED = 'unmatched';

const noTrace = idsOf(undefined);

/** A JSON body, and the text that it was read from. */
export type JsonBody = ParsedJson & { text: string };

/** The least role that may ask; `public`: anybody. */
export type Access = 'public' | Role;

/** How an answer leaves: `events` is a stream that lasts until its end or the client's. */
export type ReplyKind = 'json' | 'text' | 'bytes' | 'events';

/** What the middleware above a route acts on: stated by the route, one object for all its requests. */
export interface RouteFacts {
  /** `/api/v1/things/:id`, or `UNMATCHED`. */
  readonly template: string;
  readonly access: Access;
  /** Units of the rate limit. */
  readonly cost: number;
  /** Milliseconds until 504; undefined: the service's default. */
  readonly timeoutMs: number | undefined;
  readonly body: 'none' | 'json' | 'form' | 'multipart';
  /** What bodies need a place in; undefined: all are read. */
  readonly admission: Admission | undefined;
  readonly reply: ReplyKind;
  readonly probe: boolean;
  /** What `:id` in the template is. */
  readonly names: NamedKind | undefined;
}

/** Of a request that belongs to no route: limited, and 404. */
export const unmatched: RouteFacts = Object.freeze({
  template: UNMATCHED,
  access: 'public',
  cost: 1,
  timeoutMs: undefined,
  body: 'none',
  admission: undefined,
  reply: 'json',
  probe: false,
  names: undefined,
});

/** Facts of the route that a request matches; by path alone when the route has not its method. */
export type FactsOf = (method: string, path: string) => RouteFacts;

/** Waits for what others do, and meanwhile lets another request be worked for. */
export type Outside = <T>(wait: () => Promise<T>) => Promise<T>;

type Fork = (signal: AbortSignal) => SqlEntityManager;

/**
 * What the middleware leaves for those after it on `ctx.state`; each member names who sets it. A
 * class, so that every request has the same shape, and what most requests never ask for is made
 * when it is.
 *
 * Nothing here holds a function that was made for the request: V8 lets what such a member closes over, and so the
 * request, live until the next collection of the old generation, which made a fifth of the work of a request that of
 * the collector (`docs/performance.md`).
 */
export class RequestState {
  /** requestId */
  readonly requestId: string;
  /** requestId: monotonic milliseconds (`performance.now()`) at which the request arrived. */
  readonly startedAt: number;
  /** onResponseEnd: who wants to know; `ended` once it is known whether the answer was complete. */
  readonly endings: ((complete: boolean) => void)[] = [];
  ended: { complete: boolean } | null = null;
  /** trace: of the matched route. */
  facts: RouteFacts = unmatched;
  /** trace: of the server span; zeros when tracing is off. */
  trace: TraceIds = noTrace;
  /** Whoever works for the request. */
  readonly times: Times = noTimes();
  /** problems: the error that was answered, for the log line and the metrics. */
  error: unknown = undefined;
  /** problems: public error code of the answer, when it is a problem. */
  errorCode: ErrorCode | undefined = undefined;
  /** authenticate: who asks; null where nobody was asked. */
  identity: Caller | null = null;
  /** rateLimit: whom the request counts for; a digest. */
  subject: string | undefined = undefined;
  /** Handlers: whom and what body and query name; for handles only, never for a line or a span. */
  names: Names = {};
  /** handles: of what the request has named, once it has ended. */
  handles: Record<string, string> | null = null;
  /** deadline */
  deadline: Deadline | null = null;
  /** body: parsed JSON, or the members of a form. */
  body: unknown = undefined;
  /** body: how it was written. */
  json: JsonBody | null = null;
  /** body: who gave the request its slot; null where none is needed. */
  overload: Pick<Overload, 'outside'> | null = null;
  /** unitOfWork */
  fork: Fork | null = null;
  #em: SqlEntityManager | null = null;

  constructor(requestId: string, startedAt: number) {
    this.requestId = requestId;
    this.startedAt = startedAt;
  }

  /** Template of the matched route, `unmatched` when there is none. */
  get route(): string {
    return this.facts.template;
  }

  /** Who asks, on every route that is not public. */
  get caller(): Caller {
    if (this.identity === null) throw new Error('The authenticate middleware has not run.');
    return this.identity;
  }

  /** Aborts when the time is up or the client is gone. */
  get signal(): AbortSignal {
    if (this.deadline === null) throw new Error('The deadline middleware has not run.');
    return this.deadline.signal;
  }

  /** One identity map per request. */
  get em(): SqlEntityManager {
    if (this.fork === null) throw new Error('The unitOfWork middleware has not run.');
    this.#em ??= this.fork(this.signal);
    return this.#em;
  }
}

export type RequestContext = ParameterizedContext<RequestState>;

/** Waits for what others do for this request, without its slot. */
export function outsideOf({ req, state: { overload } }: RequestContext): Outside {
  return overload === null ? (wait) => wait() : (wait) => overload.outside(req, wait);
}

export type Middleware = (ctx: RequestContext, next: () => Promise<void>) => Promise<void> | void;
