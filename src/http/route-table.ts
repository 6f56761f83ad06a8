import { Router } from '@koa/router';
import { AppError } from '../errors.ts';
import type { Middleware, RequestContext, RequestState } from './context.ts';
import type { Reply, Route } from './route.ts';
import { validate } from './validate.ts';

export interface RouteTable {
  /** Template of the route that the path belongs to, whatever the method; `unmatched` without one. */
  routeOf: (method: string, path: string) => string;
  takesBody: (method: string, path: string) => boolean;
  /** Answers matched requests, 405 with `Allow` on a known path, and leaves the rest to the next. */
  routes: Middleware;
}

type Layers = ReturnType<Router<RequestState>['match']>['path'];

/** Strict and case-sensitive: a trailing slash is another path. Literal paths win over parameters. */
export function createRouteTable(routes: readonly Route[]): RouteTable {
  const router = new Router<RequestState>({ strict: true, sensitive: true });
  const byKey = new Map<string, Route>();
  for (const route of routes) {
    byKey.set(`${route.method.toUpperCase()} ${route.path}`, route);
    router[route.method](route.path, async (ctx) => {
      reply(ctx, await handle(route, ctx, ctx.params));
    });
  }
  const layersOf = (method: string, path: string): Layers => {
    const { path: layers } = router.match(path, method);
    const literal = layers.filter((layer) => layer.paramNames.length === 0);
    return literal.length > 0 ? literal : layers;
  };
  const dispatch = router.routes() as unknown as Middleware;

  return {
    routeOf: (method, path) => String(layersOf(method, path)[0]?.path ?? 'unmatched'),
    takesBody: (method, path) =>
      layersOf(method, path).some(
        (layer) => byKey.get(`${method} ${String(layer.path)}`)?.body !== undefined,
      ),
    async routes(ctx, next) {
      const layers = layersOf(ctx.method, ctx.path);
      if (layers.length === 0) return next();
      const methods = [...new Set([...layers.flatMap((layer) => layer.methods), 'OPTIONS'])].sort();
      if (methods.includes(ctx.method) && ctx.method !== 'OPTIONS') return dispatch(ctx, next);
      return refuse(ctx, methods.join(', '));
    },
  };
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

function reply(ctx: RequestContext, { status, body, headers = {} }: Reply): void {
  ctx.status = status;
  ctx.set(headers);
  if (body === undefined) ctx.body = null;
  else if (typeof body === 'string' || Buffer.isBuffer(body)) ctx.body = body;
  else {
    ctx.body = JSON.stringify(body);
    if (headers['Content-Type'] === undefined) ctx.type = 'application/json';
  }
  // Koa turns a null body into 204.
  ctx.status = status;
}
