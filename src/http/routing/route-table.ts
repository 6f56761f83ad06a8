import { Router, type Layer } from '@koa/router';
import { AppError } from '../../errors.ts';
import {
  UNMATCHED,
  type Middleware,
  type RequestContext,
  type RequestState,
} from '../request/context.ts';
import type { Reply, Route } from './route.ts';
import { validate } from './validate.ts';

export interface RouteTable {
  /** Template of the route that the path belongs to, whatever the method; `UNMATCHED` without one. */
  routeOf: (method: string, path: string) => string;
  /** @param route template, as `routeOf` gives it */
  takesBody: (method: string, route: string) => boolean;
  /** Answers requests whose `state.route` is here, 405 with `Allow` for a method it has not, and leaves the rest to the next. */
  routes: Middleware;
}

/** All routes of one template. */
interface Resource {
  layer: Layer<RequestState>;
  methods: Map<string, Route>;
  allow: string;
}

/** Strict and case-sensitive: a trailing slash is another path. Literal paths win over parameters. */
export function createRouteTable(routes: readonly Route[]): RouteTable {
  const router = new Router<RequestState>({ strict: true, sensitive: true });
  const resources = new Map<string, Resource>();
  for (const route of routes) {
    const layer = router.register(route.path, [route.method], unreachable);
    if (layer instanceof Router) throw new Error(`${route.path} is several paths.`);
    const known = resources.get(route.path) ?? { layer, methods: new Map(), allow: '' };
    for (const method of layer.methods) known.methods.set(method, route);
    known.allow = [...known.methods.keys(), 'OPTIONS'].sort((a, b) => (a < b ? -1 : 1)).join(', ');
    resources.set(route.path, known);
  }

  return {
    routeOf(method, path) {
      if (resources.get(path)?.layer.paramNames.length === 0) return path;
      return String(router.match(path, method).path[0]?.path ?? UNMATCHED);
    },
    takesBody: (method, route) => resources.get(route)?.methods.get(method)?.body !== undefined,
    async routes(ctx, next) {
      const resource = resources.get(ctx.state.route);
      if (resource === undefined) return next();
      const route = resource.methods.get(ctx.method);
      if (route === undefined) return refuse(ctx, resource.allow);
      const { layer } = resource;
      reply(ctx, await handle(route, ctx, layer.params(ctx.path, layer.captures(ctx.path))));
    },
  };
}

/** The router finds the route and reads its parameters; `routes` calls the handler. */
function unreachable(): never {
  throw new Error('Routes are called by their table.');
}

function refuse(ctx: RequestContext, allow: string): void {
  if (ctx.method === 'OPTIONS') {
    ctx.status = 204;
    ctx.set('Allow', allow);
    return;
  }
  throw new AppError(
    'METHOD_NOT_ALLOWED',
    `This resource does not support ${ctx.method.slice(0, 20)}.`,
    {
      headers: { Allow: allow },
      help: { suggestion: `Use one of: ${allow}.` },
    },
  );
}

function handle(route: Route, ctx: RequestContext, rawParams: Record<string, string>) {
  const params = route.params?.safeParse(rawParams);
  if (params?.success === false) {
    throw new AppError('NOT_FOUND', 'No such resource: the identifier in the path is malformed.');
  }
  const query = route.query === undefined ? {} : validate(route.query, { ...ctx.query }, 'query');
  const body = route.body === undefined ? undefined : validate(route.body, ctx.state.body, 'body');
  return route.handle({ params: params?.data, query, body, ctx });
}

const JSON_TYPE = 'application/json; charset=utf-8';

function reply(ctx: RequestContext, { status, body, headers }: Reply): void {
  ctx.status = status;
  if (headers !== undefined) ctx.set(headers);
  if (body === undefined) {
    ctx.body = null;
    // Koa has turned a null body into 204.
    ctx.status = status;
  } else if (typeof body === 'string' || Buffer.isBuffer(body)) ctx.body = body;
  else {
    if (headers?.['Content-Type'] === undefined) ctx.res.setHeader('Content-Type', JSON_TYPE);
    ctx.body = JSON.stringify(body);
  }
}
