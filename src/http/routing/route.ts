/**
 * A route is data: what it takes, what it answers, what it costs, who may ask. The same object
 * registers the handler, guards it, validates the request and writes the OpenAPI document, so none
 * can disagree.
 */
import type { z } from 'zod';
import type { ErrorCode } from '../../errors.ts';
import type { HeaderFacts } from '../headers.ts';
import type { Access, ReplyKind, RequestContext, RouteFacts } from '../request/context.ts';
import type { NamedKind } from '../request/handles.ts';
import type { Admission } from '../server/admission.ts';

type Method = 'get' | 'post' | 'patch' | 'delete';

/** One of a stream's messages, as the HTML standard writes it for `text/event-stream`. */
export interface ServerSentEvent {
  id?: string;
  event: string;
  /** Sent as JSON; a `JsonText` as it is, on one line. */
  data: unknown;
}

/** What a stream consists of; a comment tells nothing but that the connection lives. */
export type StreamItem = ServerSentEvent | { comment: string };

export interface Reply {
  status: number;
  /**
   * By the kind of reply: `json` any value, where a string is JSON text already; `text` a string;
   * `bytes` a Buffer or a stream; `events` an `AsyncIterable<StreamItem>`. Undefined: no body.
   */
  body?: unknown;
  /** `Content-Type` replaces the one of the kind. */
  headers?: Record<string, string>;
}

export interface Request<Params, Query, Body> {
  params: Params;
  query: Query;
  body: Body;
  ctx: RequestContext;
}

export interface RouteResponse {
  description: string;
  /** Absent: no body. */
  schema?: z.ZodType;
  /** Other than that of the kind of reply. */
  mediaTypes?: readonly string[];
  /** Media types of the same as text, for who asks for them. */
  asText?: readonly string[];
  headers?: HeaderFacts;
}

/** Requests that are sent to the service by a test, and prefilled at /docs. */
export type Examples<T> = Record<string, { summary: string; value: T }>;

/** What a route takes. A `multipart` body is read by its handler, part by part: its schema only describes it. */
export type RouteBody<B extends z.ZodType = z.ZodType> =
  | 'none'
  | { multipart: z.ZodType }
  | { json: B; examples: Examples<z.input<B>> }
  /** `application/x-www-form-urlencoded`, whose members are texts. */
  | { form: B; examples: Examples<z.input<B>> };

/** What several routes do in the same way, stated by who does it. */
export interface Behaviour {
  /** Throws for a request that can be refused by its headers alone, before its route works for it. */
  check?: (ctx: RequestContext) => void;
  requestHeaders?: HeaderFacts;
  /** On the answers below 400. */
  responseHeaders?: HeaderFacts;
  /** Errors that carry the response headers as well. */
  alsoOn?: { status: number; name: string };
  responses?: Record<number, RouteResponse>;
  errors?: readonly ErrorCode[];
}

export interface RouteTag {
  name: string;
  description: string;
}

interface Facts {
  /** `/api/v1/things/:id` */
  readonly path: string;
  readonly method: Method;
  /** What generated clients call it. */
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tag: RouteTag;
  /** Who may ask. */
  readonly access: Access;
  /** Units of the rate limit; 0 where none applies. Default 1. */
  readonly cost?: number;
  /** Milliseconds until 504; for `events` until the first one. Default `REQUEST_TIMEOUT`. */
  readonly timeoutMs?: number;
  /** What its bodies need a place in: those that make work. Default: nothing. */
  readonly admission?: Admission;
  readonly reply: ReplyKind;
  /** Asked every few seconds by machines: no span, and a log line at debug level only. */
  readonly probe?: true;
  /** What `:id` in the path is: log lines and spans get its handle. */
  readonly names?: NamedKind;
  readonly behaviours?: readonly Behaviour[];
  readonly responses: Record<number, RouteResponse>;
  /** Codes beyond those every route may answer. */
  readonly errors?: readonly ErrorCode[];
}

interface RouteDefinition<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
> extends Facts {
  /** Names the path parameters; a value that does not fit is 404, since no such thing can exist. */
  params?: P;
  query?: Q;
  body: RouteBody<B>;
  handle: (request: Request<z.output<P>, z.output<Q>, z.output<B>>) => Promise<Reply> | Reply;
}

/** A route with its types erased: what the router and the OpenAPI assembler read. */
export interface Route extends Facts {
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body: RouteBody;
  readonly handle: (request: Request<unknown, unknown, unknown>) => Promise<Reply> | Reply;
}

export function route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  definition: RouteDefinition<P, Q, B>,
): Route {
  return definition as unknown as Route;
}

/** Of answers that created something. @param example path of such a thing */
export function location(example: string): HeaderFacts {
  return { Location: { description: 'Path of what was created.', example, required: true } };
}

/** What the body must fit; undefined for a route that takes none, or reads it itself. */
export function bodySchema({ body }: Route): z.ZodType | undefined {
  if (typeof body === 'string' || 'multipart' in body) return undefined;
  return 'json' in body ? body.json : body.form;
}

export function bodyKind({ body }: Route): RouteFacts['body'] {
  if (typeof body === 'string') return body;
  if ('multipart' in body) return 'multipart';
  return 'json' in body ? 'json' : 'form';
}
