/**
 * A route is data: what it takes, what it answers, what it does. The same object registers the
 * handler, validates the request, limits it and writes the OpenAPI document, so none can disagree.
 */
import type { z } from 'zod';
import type { ErrorCode } from '../../errors.ts';
import type { RequestContext } from '../request/context.ts';

export type Method = 'get' | 'post' | 'patch' | 'delete';

export interface Reply {
  status: number;
  /** Serialised as JSON unless it is a string or bytes with a `Content-Type` header of their own. */
  body?: unknown;
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
  mediaType?: string;
}

interface RouteDefinition<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  method: Method;
  /** `/api/v1/things/:id` */
  path: string;
  summary: string;
  tag: string;
  /** Names the path parameters; a value that does not fit is 404, since no such thing can exist. */
  params?: P;
  query?: Q;
  body?: B;
  responses: Record<number, RouteResponse>;
  /** Codes beyond those every route may answer. */
  errors?: ErrorCode[];
  handle: (request: Request<z.output<P>, z.output<Q>, z.output<B>>) => Promise<Reply> | Reply;
}

/** A route with its types erased: what the router and the OpenAPI assembler read. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly responses: Record<number, RouteResponse>;
  readonly errors?: ErrorCode[];
  readonly handle: (request: Request<unknown, unknown, unknown>) => Promise<Reply> | Reply;
}

export function route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  definition: RouteDefinition<P, Q, B>,
): Route {
  return definition as unknown as Route;
}
