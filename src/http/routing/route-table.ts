import { Router, type Layer } from '@koa/router';
import { AppError } from '../../errors.ts';
import {
  unmatched,
  type FactsOf,
  type Middleware,
  type RequestContext,
  type RequestState,
  type RouteFacts,
} from '../request/context.ts';
import type { Turn } from '../request/turn.ts';
import { reply } from './reply.ts';
import { bodyKind, bodySchema, type Request, type Route } from './route.ts';
import { validate } from './validate.ts';

export interface RouteTable {
  factsOf: FactsOf;
  /** Answers requests whose `state.route` is here, 405 with `Allow` for a method it has not, and leaves the rest to the next. */
  routes: Middleware;
}

/** All routes of one template. */
interface Resource {
  layer: Layer<RequestState>;
  methods: Map<string, Endpoint>;
  /** Of methods that it has not. */
  other: RouteFacts;
  allow: string;
}

interface Endpoint {
  route: Route;
  facts: RouteFacts;
  /** What becomes of a query that is not there; undefined where there must be one. */
  noQuery: unknown;
}

/**
 * Strict and case-sensitive: a trailing slash is another path. Literal paths win over parameters.
 *
 * @param turn what requests wait for before their route works for them; without it, nothing
 * @throws {Error} for a route that cannot be served
 */
export function createRouteTable(routes: readonly Route[], turn?: Turn): RouteTable {
  const router = new Router<RequestState>({ strict: true, sensitive: true });
  const resources = new Map<string, Resource>();
  for (const route of routes) {
    const layer = router.register(route.path, [route.method], unreachable);
    if (layer instanceof Router) throw new Error(`${route.path} is several paths.`);
    const endpoint = { route, facts: factsOf(route), noQuery: noQueryOf(route) };
    const resource = resources.get(route.path) ?? {
      layer,
      methods: new Map<string, Endpoint>(),
      other: { ...endpoint.facts, body: 'none', reply: 'json', timeoutMs: undefined },
      allow: '',
    };
    for (const method of layer.methods) resource.methods.set(method, endpoint);
    resource.allow = [...resource.methods.keys(), 'OPTIONS']
      .sort((a, b) => (a < b ? -1 : 1))
      .join(', ');
    resources.set(route.path, resource);
  }

  const byLength = Map.groupBy(resources.values(), ({ layer }) => lengthOf(String(layer.path)));

  return {
    factsOf(method, path) {
      const literal = resources.get(path);
      const resource =
        literal?.layer.paramNames.length === 0
          ? literal
          : byLength.get(lengthOf(path))?.find(({ layer }) => layer.match(path));
      if (resource === undefined) return unmatched;
      return resource.methods.get(method)?.facts ?? resource.other;
    },
    async routes(ctx, next) {
      const resource = resources.get(ctx.state.route);
      if (resource === undefined) return next();
      const endpoint = resource.methods.get(ctx.method);
      if (endpoint === undefined) return refuse(ctx, resource.allow);
      const { layer } = resource;
      const params = layer.params(ctx.path, layer.captures(ctx.path));
      const { route, facts, noQuery } = endpoint;
      // Refused in the turn in which it was read: a client that has ended its side still gets that.
      const request = validated(route, ctx, { params, noQuery });
      if (turn !== undefined && !(await turn(ctx))) {
        ctx.respond = false;
        return;
      }
      reply(ctx, facts.reply, await route.handle(request));
    },
  };
}

/** Segments of a path: a parameter is one of them, so that only templates as long can match. */
function lengthOf(path: string): number {
  let length = 0;
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) length += 1;
  return length;
}

/** Worked out once: the middleware of each request reads them. */
function factsOf(route: Route): RouteFacts {
  const { path, access, cost = 1, timeoutMs, admission, reply, probe = false, names } = route;
  return Object.freeze({
    template: path,
    access,
    cost,
    timeoutMs,
    body: bodyKind(route),
    admission,
    reply,
    probe,
    names,
  });
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

function validated(
  route: Route,
  ctx: RequestContext,
  { params: rawParams, noQuery }: { params: Record<string, string>; noQuery: unknown },
): Request<unknown, unknown, unknown> {
  const params = route.params?.safeParse(rawParams);
  if (params?.success === false) {
    throw new AppError('NOT_FOUND', 'No such resource: the identifier in the path is malformed.');
  }
  const schema = bodySchema(route);
  const query = queryOf(route, ctx, noQuery);
  const body = schema === undefined ? undefined : validate(schema, ctx.state.body, 'body');
  for (const { check } of route.behaviours ?? []) check?.(ctx);
  return { params: params?.data, query, body, ctx };
}

/** Nearly every request comes without one: it is validated once. */
function noQueryOf({ query }: Route): unknown {
  return Object.freeze(query === undefined ? {} : query.safeParse({}).data);
}

function queryOf({ query }: Route, ctx: RequestContext, noQuery: unknown): unknown {
  if (query === undefined || (noQuery !== undefined && ctx.querystring === '')) return noQuery;
  return validate(query, { ...ctx.query }, 'query');
}
