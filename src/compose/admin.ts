/** The port of scrapes and operators, which clients do not reach: until there is authentication. */
import { randomUUIDv7 } from 'node:crypto';
import { renderMetrics } from '#telemetry/metrics.ts';
import { telemetry } from '#telemetry/start.ts';
import { createAdminApp, type AdminStack } from '../app.ts';
import { mapError } from '../http/map-error.ts';
import { problems } from '../http/problems.ts';
import { deadline } from '../http/request/deadline.ts';
import { requestId } from '../http/request/request-id.ts';
import { requestLog } from '../http/request/request-log.ts';
import { protectiveHeaders, securityHeaders } from '../http/request/security-headers.ts';
import { trace } from '../http/request/trace.ts';
import { notFound } from '../http/routing/not-found.ts';
import { createRouteTable } from '../http/routing/route-table.ts';
import { body } from '../http/server/body.ts';
import { startMetricsServer } from '../http/server/metrics-server.ts';
import { cacheAdminRoutes } from '../resilience/cache/admin-routes.ts';
import { circuitBreakerAdminRoutes } from '../resilience/circuit-breaker/admin-routes.ts';
import { rateLimitAdminRoutes } from '../resilience/rate-limit/admin-routes.ts';
import type { Platform } from './platform.ts';

const BODY_BYTES = 1_048_576;
const TIMEOUT_MS = 10_000;

/** @returns the port */
export async function startAdmin(platform: Platform): Promise<number> {
  const { config, log, cleanup } = platform;
  const respond = createAdminApp(createAdminStack(platform)).callback();
  const server = await startMetricsServer({
    ...config.metrics,
    render: (accept) => renderMetrics(accept, telemetry.collect),
    admin: (request, response) => void respond(request, response),
    log,
  });
  cleanup.defer(() => server.close());
  return server.port;
}

function createAdminStack(platform: Platform): AdminStack {
  const { config, log, clock, breakers, rateLimiting, cache } = platform;
  const table = createRouteTable([
    ...circuitBreakerAdminRoutes({ breakers: breakers.breakers, log }),
    ...rateLimitAdminRoutes(rateLimiting),
    ...cacheAdminRoutes({ cache }),
  ]);
  return {
    requestId: requestId({ newId: randomUUIDv7, now: clock.monotonicMs }),
    trace: trace({ factsOf: table.factsOf }),
    requestLog: requestLog({ log, slowRequestMs: config.api.slowRequestMs }),
    securityHeaders: securityHeaders(protectiveHeaders(config.api)),
    problems: problems({ mapError }),
    deadline: deadline({ timeoutMs: TIMEOUT_MS }),
    body: body({ maxBytes: BODY_BYTES }),
    routes: table.routes,
    notFound,
  };
}
