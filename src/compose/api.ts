/** What answers requests: the middleware and the routes, and on the metrics port those of operators. */
import { randomUUIDv7 } from 'node:crypto';
import type { RootLogger } from '#telemetry/logger.ts';
import type { AdminStack, Stack } from '../app.ts';
import type { Config } from '../config.ts';
import { createAssessmentCache } from '../features/assessments/assessment-cache.ts';
import { assessmentRoutes } from '../features/assessments/assessment-routes.ts';
import { createAssessmentService } from '../features/assessments/assessment-service.ts';
import { candidateAssessments } from '../features/assessments/candidate-assessments.ts';
import { engineFingerprint } from '../engine/fingerprint.ts';
import type { EnginePool } from '../engine/pool.ts';
import { assessmentEvents } from '../features/assessments/metrics.ts';
import { createCandidateCache } from '../features/candidates/candidate-cache.ts';
import { candidateRoutes } from '../features/candidates/candidate-routes.ts';
import { allowedHost } from '../http/request/allowed-host.ts';
import { body } from '../http/server/body.ts';
import { UNMATCHED, type RouteOf } from '../http/request/context.ts';
import { cors } from '../http/request/cors.ts';
import { deadline } from '../http/request/deadline.ts';
import { docsRoutes } from '../http/routing/docs.ts';
import { errorRoutes } from '../http/routing/error-routes.ts';
import { createOnce, eraseKeptAnswers } from '../http/idempotency.ts';
import { eraseAssessments } from '../features/assessments/assessment-store.ts';
import { mapError } from '../http/map-error.ts';
import { notFound } from '../http/routing/not-found.ts';
import { openApi } from '../http/routing/openapi.ts';
import { problems } from '../http/problems.ts';
import { requestId } from '../http/request/request-id.ts';
import { requestLog } from '../http/request/request-log.ts';
import { requestMetrics } from '../http/request/request-metrics.ts';
import { createRouteTable } from '../http/routing/route-table.ts';
import type { Route } from '../http/routing/route.ts';
import { protectiveHeaders, securityHeaders } from '../http/request/security-headers.ts';
import { trace } from '../http/request/trace.ts';
import { unitOfWork } from '../http/request/unit-of-work.ts';
import { cacheAdminRoutes } from '../resilience/cache/admin-routes.ts';
import type { Cache } from '../resilience/cache/cache.ts';
import { circuitBreakerAdminRoutes } from '../resilience/circuit-breaker/admin-routes.ts';
import { healthRoutes, type SystemInfo } from '../resilience/health/health-routes.ts';
import type { Health } from '../resilience/health/health.ts';
import { rateLimitAdminRoutes } from '../resilience/rate-limit/admin-routes.ts';
import type { Database } from '../storage/postgres/database.ts';
import type { Clock } from '../time/clock.ts';
import type { Breakers, RateLimiting } from './resilience.ts';

const ADMIN_BODY_BYTES = 1_048_576;
const ADMIN_TIMEOUT_MS = 10_000;

export interface Parts {
  config: Config;
  version: string;
  log: RootLogger;
  clock: Clock;
  database: Database;
  engine: EnginePool;
  health: Health;
  breakers: Breakers;
  rateLimiting: RateLimiting;
  cache: Cache;
  notReadyReason: () => string | null;
}

export function createStack(parts: Parts): Stack {
  const { config, version, log, clock, database, rateLimiting } = parts;
  const statusRoutes: Route[] = [...healthGroup(parts), ...docsRoutes(() => document)];
  const apiRoutes = domainRoutes(parts);
  const document = openApi([...statusRoutes, ...apiRoutes], { version, limited: apiRoutes });
  const statusTable = createRouteTable(statusRoutes);
  const apiTable = createRouteTable(apiRoutes);
  const routeOf: RouteOf = (method, path) => {
    const status = statusTable.routeOf(method, path);
    return status === UNMATCHED ? apiTable.routeOf(method, path) : status;
  };
  return {
    requestId: requestId({ newId: randomUUIDv7, now: clock.monotonicMs }),
    trace: trace({ routeOf }),
    requestLog: requestLog({ log, slowRequestMs: config.api.slowRequestMs }),
    requestMetrics: requestMetrics(),
    securityHeaders: securityHeaders(protectiveHeaders(config.api)),
    cors: cors({ allowedHosts: config.api.allowedHosts, production: config.production }),
    problems: problems({ mapError }),
    health: statusTable.routes,
    allowedHost: allowedHost({ ...config.api, production: config.production }),
    deadline: deadline({ timeoutMs: config.api.requestTimeoutMs }),
    limitByAddress: rateLimiting.limitByAddress,
    body: body({ maxBytes: config.api.maxBodyBytes, takesBody: apiTable.takesBody }),
    unitOfWork: unitOfWork({ fork: (abort) => database.em(abort) }),
    routes: apiTable.routes,
    notFound,
  };
}

/** For operators, on the port that clients do not reach: until there is authentication. */
export function createAdminStack(parts: Parts): AdminStack {
  const { config, log, clock, breakers, rateLimiting, cache } = parts;
  const table = createRouteTable([
    ...circuitBreakerAdminRoutes({ breakers: breakers.breakers, log }),
    ...rateLimitAdminRoutes(rateLimiting),
    ...cacheAdminRoutes({ cache }),
  ]);
  return {
    requestId: requestId({ newId: randomUUIDv7, now: clock.monotonicMs }),
    trace: trace({ routeOf: table.routeOf }),
    requestLog: requestLog({ log, slowRequestMs: config.api.slowRequestMs }),
    securityHeaders: securityHeaders(protectiveHeaders(config.api)),
    problems: problems({ mapError }),
    deadline: deadline({ timeoutMs: ADMIN_TIMEOUT_MS }),
    body: body({ maxBytes: ADMIN_BODY_BYTES, takesBody: table.takesBody }),
    routes: table.routes,
    notFound,
  };
}

function healthGroup(parts: Parts): Route[] {
  const { config, health, breakers, cache, notReadyReason, clock } = parts;
  return healthRoutes({
    health,
    info: systemInfo(parts),
    notReadyReason,
    details: !config.production,
    circuitBreakers: () => breakers.breakers.getStatus(),
    cache: () => cache.getCacheStats(),
    now: clock.now,
  });
}

function domainRoutes({ config, clock, database, engine, cache }: Parts): Route[] {
  const { ttlSeconds } = config.cache;
  const candidateCache = createCandidateCache({ cache, ttlSeconds });
  const assessmentCache = createAssessmentCache({
    cache,
    ttlSeconds,
    fingerprint: engineFingerprint(),
    timeoutMs: config.api.requestTimeoutMs,
  });
  const em = (signal: AbortSignal) => database.em(signal);
  const service = createAssessmentService({
    engine,
    cache: assessmentCache,
    policy: config.assessments,
    events: assessmentEvents(engine),
    newId: randomUUIDv7,
    ...clock,
  });
  const once = createOnce({ em: () => database.em(), leaseMs: 2 * config.api.requestTimeoutMs });
  return [
    ...errorRoutes(),
    ...candidateRoutes({
      assessments: candidateAssessments,
      once,
      erasers: [eraseAssessments, eraseKeptAnswers],
      now: clock.now,
      cache: candidateCache,
      em,
    }),
    ...assessmentRoutes({ service, once, cache: assessmentCache, em }),
  ];
}

function systemInfo({ config, version }: Parts): SystemInfo {
  return {
    version,
    environment: config.environment,
    configuration: {
      rate_limit_per_minute: config.rateLimit.perMinute,
      rate_limit_per_hour: config.rateLimit.perHour,
      request_timeout: `${config.api.requestTimeoutMs / 1000}s`,
      cache_enabled: config.cache.enabled,
      performance_logging: true,
    },
  };
}
