/** The port of clients: the middleware and the routes, on a server that drains. */
import { randomUUIDv7 } from 'node:crypto';
import { createApp, type Stack } from '../app.ts';
import { mapError } from '../http/map-error.ts';
import { problems } from '../http/problems.ts';
import {
  authenticate,
  authorize,
  bringsCredentials,
  credentialsOf,
} from '../http/request/authenticate.ts';
import { allowedHost } from '../http/request/allowed-host.ts';
import { unmatched, type FactsOf, type RequestContext } from '../http/request/context.ts';
import { cors } from '../http/request/cors.ts';
import { deadline } from '../http/request/deadline.ts';
import { requestId, requestIdHeaders } from '../http/request/request-id.ts';
import { requestLog } from '../http/request/request-log.ts';
import { requestMetrics, type RouteFailures } from '../http/request/request-metrics.ts';
import { protectiveHeaders, securityHeaders } from '../http/request/security-headers.ts';
import { serving } from '../http/request/serving.ts';
import { trace, traceHeaders } from '../http/request/trace.ts';
import { createTurn } from '../http/request/turn.ts';
import { unitOfWork } from '../http/request/unit-of-work.ts';
import { docsRoutes } from '../http/routing/docs.ts';
import { notFound } from '../http/routing/not-found.ts';
import { errorsByStatus } from '../http/routing/openapi-problems.ts';
import { openApi, type OpenApiDocument } from '../http/routing/openapi.ts';
import { createRouteTable } from '../http/routing/route-table.ts';
import type { Route } from '../http/routing/route.ts';
import { body } from '../http/server/body.ts';
import { closeServer, listen } from '../http/server/lifecycle.ts';
import { createHttpServer } from '../http/server/server.ts';
import type { CircuitBreakerStatus } from '../resilience/circuit-breaker/circuit-breaker-status.ts';
import { healthRoutes, type SystemInfo } from '../resilience/health/health-routes.ts';
import { rateLimitHeaders } from '../resilience/rate-limit/headers.ts';
import type { Access } from './access.ts';
import { createLoadShedding, type LoadShedding } from './load-shedding.ts';
import type { Features } from './features.ts';
import type { Jobs } from './jobs.ts';
import type { Platform } from './platform.ts';

/**
 * @param features what the API is about
 * @returns listens, and gives the port
 */
export function createApi(
  platform: Platform,
  access: Access,
  { routes, jobs }: Pick<Features, 'routes' | 'jobs'>,
): () => Promise<number> {
  const { config, cleanup, lifecycle } = platform;
  const shedding = createLoadShedding(platform, routes);
  const respond = createApp(createStack(platform, access, { routes, jobs }, shedding));
  const { server, drain } = createHttpServer(shedding.listener(respond), {
    ...config.api,
    refusals: shedding.refusals,
    receiveTimes: shedding.receiveTimes,
  });
  lifecycle.whenDraining.push(drain);
  cleanup.defer(() => closeServer(server, config.shutdown.graceMs));
  return () => listen(server, config.api.host, config.api.port, 'API_PORT');
}

function createStack(
  platform: Platform,
  access: Access,
  { routes: apiRoutes, jobs }: Pick<Features, 'routes' | 'jobs'>,
  shedding: LoadShedding,
): Stack {
  const { config, version, log, clock, database, rateLimiting, handles, lifecycle } = platform;
  const statusRoutes: Route[] = [
    ...statusGroup(platform, access, jobs),
    ...docsRoutes(() => document),
  ];
  const document = describeApi(version, statusRoutes, apiRoutes, config.api.publicUrl);
  const statusTable = createRouteTable(statusRoutes);
  const apiTable = createRouteTable(apiRoutes, createTurn());
  const factsOf: FactsOf = (method, path) => {
    const status = statusTable.factsOf(method, path);
    return status === unmatched ? apiTable.factsOf(method, path) : status;
  };
  return {
    requestId: requestId({
      newId: randomUUIDv7,
      now: clock.monotonicMs,
      arrivedAt: shedding.overload.arrivedAt,
    }),
    trace: trace({ factsOf, handles }),
    requestLog: requestLog({ log, slowRequestMs: config.api.slowRequestMs, handles }),
    requestMetrics: requestMetrics(apiRoutes.map(failuresOf)),
    securityHeaders: securityHeaders(protectiveHeaders(config.api)),
    cors: cors({
      allowedHosts: config.api.allowedHosts,
      production: config.production,
      ...corsHeaders(document),
    }),
    problems: problems({ mapError }),
    health: statusTable.routes,
    allowedHost: allowedHost({ ...config.api, production: config.production }),
    serving: serving({ isStarting: () => lifecycle.phase === 'starting' }),
    deadline: deadline({ timeoutMs: config.api.requestTimeoutMs }),
    ...rateLimiting.middleware(
      apiRoutes.map(({ path }) => path),
      shedding.overload,
    ),
    authenticate: authenticate({ ...config.access, ...access }),
    authorize: authorize(access),
    body: body({ ...shedding, maxBytes: config.api.maxBodyBytes }),
    unitOfWork: unitOfWork({ fork: (abort) => database.em(abort) }),
    routes: apiTable.routes,
    notFound,
  };
}

function failuresOf(route: Route): RouteFailures {
  const { path, method } = route;
  const statuses = [...errorsByStatus(route, true).keys()].filter((status) => status >= 500);
  return { method: method.toUpperCase(), route: path, statuses };
}

/** The document of these routes, with the headers of the middleware above them. */
export function describeApi(
  version: string,
  status: readonly Route[],
  api: readonly Route[],
  publicUrl: string | null = null,
): OpenApiDocument {
  const headers = {
    request: { ...requestIdHeaders.request, ...traceHeaders.request },
    response: { ...requestIdHeaders.response, ...traceHeaders.response },
    limited: rateLimitHeaders,
  };
  return openApi({ version, status, api, headers, publicUrl });
}

/** Browsers may send and read every header that the document describes. */
function corsHeaders({ components }: OpenApiDocument) {
  const { headers, parameters } = components;
  const described = Object.values(parameters).map(({ name }) => name);
  return {
    accepted: ['Authorization', 'Content-Type', 'X-API-Key', ...described],
    exposed: Object.keys(headers),
  };
}

function statusGroup(platform: Platform, access: Access, jobs: Jobs): Route[] {
  const { config, health, breakers, cache, notReadyReason, clock } = platform;
  return healthRoutes({
    health,
    info: systemInfo(platform),
    notReadyReason,
    details: (ctx) => !config.production || isKnown(platform, access, ctx),
    circuitBreakers: () => withoutCauses(breakers.breakers.getStatus(), config.production),
    cache: () => cache.getCacheStats(),
    jobs: () => Object.fromEntries(jobs.depths().map(({ queue, ...depth }) => [queue, depth])),
    now: clock.now,
  });
}

/** Longest that an answer about health waits to learn who asks. */
const IDENTIFY_MS = 500;

/** Whether a caller of the status group is one of ours. It counts for the address, so that nobody can try keys there. */
async function isKnown(
  { rateLimiting: { limiter, subjects } }: Platform,
  { identify }: Access,
  { req }: RequestContext,
): Promise<boolean> {
  if (!bringsCredentials(req)) return false;
  const { outcome } = await limiter.decide(subjects.ofRequest(req), 1);
  if (outcome === 'limited' || outcome === 'unavailable') return false;
  try {
    const credentials = credentialsOf(req);
    if (credentials !== null) await identify(credentials, AbortSignal.timeout(IDENTIFY_MS));
    return credentials !== null;
  } catch {
    // Whatever it is, health is answered: without the details.
    return false;
  }
}

/** What opened a breaker may name a host: in production it is for the log, not for anyone who asks. */
function withoutCauses(status: Record<string, CircuitBreakerStatus>, production: boolean) {
  if (!production) return status;
  const entries = Object.entries(status).map(([name, one]) => [name, { ...one, cause: null }]);
  return Object.fromEntries(entries) as typeof status;
}

function systemInfo({ config, version }: Platform): SystemInfo {
  return {
    version,
    environment: config.environment,
    publicUrl: config.api.publicUrl,
    configuration: {
      rate_limit_per_minute: config.rateLimit.perMinute,
      rate_limit_per_hour: config.rateLimit.perHour,
      request_timeout: `${config.api.requestTimeoutMs / 1000}s`,
      cache_enabled: config.cache.enabled,
      performance_logging: true,
    },
  };
}
