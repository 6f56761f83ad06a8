/** What the service is made of: the only file that constructs parts. */
import { randomUUIDv7 } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, prepareLogDir, type RootLogger } from '#telemetry/logger.ts';
import { renderMetrics, startProcessMetrics } from '#telemetry/metrics.ts';
import { createApp, type Stack } from './app.ts';
import type { Config } from './config.ts';
import { assessmentRoutes } from './features/assessments/assessment-routes.ts';
import { createAssessmentService } from './features/assessments/assessment-service.ts';
import { candidateAssessments } from './features/assessments/candidate-assessments.ts';
import { createEnginePool, type EnginePool } from './features/assessments/engine-pool.ts';
import { assessmentEvents } from './features/assessments/metrics.ts';
import { CandidateEntity } from './features/candidates/candidate.entity.ts';
import { candidateRoutes } from './features/candidates/candidate-routes.ts';
import { entities } from './features/entities.ts';
import { allowedHost } from './http/allowed-host.ts';
import { body } from './http/body.ts';
import { cors } from './http/cors.ts';
import { deadline } from './http/deadline.ts';
import { UNMATCHED, type RouteOf } from './http/context.ts';
import { docsRoutes } from './http/docs.ts';
import { errorRoutes } from './http/error-routes.ts';
import { createOnce } from './http/idempotency.ts';
import { closeServer, listen, type Lifecycle } from './http/lifecycle.ts';
import { startMetricsServer } from './http/metrics-server.ts';
import { mapError } from './http/map-error.ts';
import { notFound } from './http/not-found.ts';
import { openApi } from './http/openapi.ts';
import { problems } from './http/problems.ts';
import { requestId } from './http/request-id.ts';
import { requestLog } from './http/request-log.ts';
import { requestMetrics } from './http/request-metrics.ts';
import { createRouteTable } from './http/route-table.ts';
import type { Route } from './http/route.ts';
import { protectiveHeaders, securityHeaders } from './http/security-headers.ts';
import { createHttpServer } from './http/server.ts';
import { trace } from './http/trace.ts';
import { unitOfWork } from './http/unit-of-work.ts';
import { createHealth, type Health } from './resilience/health/health.ts';
import { healthRoutes, type SystemInfo } from './resilience/health/health-routes.ts';
import { healthEvents, observeReadiness } from './resilience/health/metrics.ts';
import { createProbes } from './resilience/health/probes.ts';
import { openDatabaseServer } from './storage/database-server.ts';
import { resolveDataDir } from './storage/data-dir.ts';
import { createDatabase, type Database } from './storage/postgres.ts';
import { prepareSchema } from './storage/prepare-schema.ts';
import { createRedis } from './storage/redis.ts';

const version = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  }
).version;

const PROBE_INTERVAL_MS = 1000;

export interface RunningService {
  apiPort: number;
  metricsPort: number;
  dataDir: string;
  embedded: boolean;
  log: RootLogger;
  /** @param options.lead keep serving while load balancers notice that readiness is gone */
  stop: (options: { lead: boolean }) => Promise<void>;
}

const clock = { now: () => new Date(), monotonicMs: () => performance.now() };

/**
 * Starts the service: servers first, so that probes are answered, then database and engine.
 *
 * @param signal gives up a start that waits for its database
 * @param logStream in place of stdout, for tests
 * @throws {Error} with a sentence for the operator; everything that was started is stopped again
 */
export async function start(
  config: Config,
  signal: AbortSignal,
  logStream?: NodeJS.WritableStream,
): Promise<RunningService> {
  if (config.log.dir !== undefined) prepareLogDir(config.log.dir);
  const log = createLogger({
    level: config.log.level,
    logDir: config.log.dir,
    serviceVersion: version,
    environment: config.environment,
    ...(logStream === undefined ? {} : { stream: logStream }),
  });
  const cleanup = new AsyncDisposableStack();
  try {
    return await startParts(config, signal, log, cleanup);
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}

async function startParts(
  config: Config,
  signal: AbortSignal,
  log: RootLogger,
  cleanup: AsyncDisposableStack,
): Promise<RunningService> {
  cleanup.defer(() => log.close());
  startProcessMetrics();
  const lifecycle: Lifecycle = { phase: 'starting' };
  const { database, databaseUrl, dataDir, embedded } = await openDatabase(config, log, cleanup);
  const redis =
    config.redis === null ? null : createRedis({ ...config.redis, name: 'sono-eval-health' });
  cleanup.defer(() => redis?.close());
  const engine = createEnginePool({ maxConcurrent: config.assessments.maxConcurrent });
  cleanup.defer(() => engine.close());
  const health = createHealth({
    probes: createProbes({
      database,
      redis,
      dataDir,
      readMemory: (abort) => database.em(abort).findOne(CandidateEntity, { id: '-' }),
      assessSample: (abort) => engine.sample(abort),
    }),
    events: healthEvents({ log, now: clock.now }),
    ...clock,
  });
  const metricsServer = await startMetricsServer({ ...config.metrics, render: renderMetrics, log });
  cleanup.defer(() => metricsServer.close());
  observeReadiness(() => notReadyReason(config, lifecycle, health) === null);
  const app = createApp(stack(config, { log, lifecycle, database, engine, health }));
  const respond = app.callback();
  const server = createHttpServer(
    (request, response) => {
      // Clients of a draining process must come back on another connection.
      if (lifecycle.phase === 'draining') response.setHeader('Connection', 'close');
      void respond(request, response);
    },
    { ...config.api, newId: randomUUIDv7, headers: protectiveHeaders(config.api) },
  );
  cleanup.defer(() => closeServer(server, config.shutdown.graceMs));
  const apiPort = await listen(server, config.api.host, config.api.port, 'API_PORT');

  await prepareSchema(database, databaseUrl, { mayMigrate: !config.production, log, signal });
  await engine.ready();
  await health.probeAll();
  cleanup.defer(health.start(PROBE_INTERVAL_MS));
  lifecycle.phase = 'serving';
  if (config.production) log.warn('All routes are open: this version has no authentication.');

  return {
    apiPort,
    metricsPort: metricsServer.port,
    dataDir,
    embedded,
    log,
    async stop({ lead }) {
      lifecycle.phase = 'draining';
      log.info('draining');
      if (lead) await sleep(config.shutdown.leadMs);
      await cleanup.disposeAsync();
    },
  };
}

async function openDatabase(config: Config, log: RootLogger, cleanup: AsyncDisposableStack) {
  const server = await openDatabaseServer(config.database, (line) => {
    log.debug('The embedded database wrote a line.', { component: 'postgres', line });
  });
  cleanup.defer(() => server.stop());
  const database = await createDatabase({ url: server.url, entities });
  cleanup.defer(() => database.close());
  const where = {
    configured: config.database.dataDir,
    cwd: process.cwd(),
    uid: process.getuid?.(),
  };
  return {
    database,
    databaseUrl: server.url,
    dataDir: server.dataDir ?? resolveDataDir(where),
    embedded: server.dataDir !== undefined,
  };
}

function stack(
  config: Config,
  parts: {
    log: RootLogger;
    lifecycle: Lifecycle;
    database: Database;
    engine: EnginePool;
    health: Health;
  },
): Stack {
  const { log, lifecycle, database, engine, health } = parts;
  const statusRoutes: Route[] = [
    ...healthRoutes({
      health,
      info: systemInfo(config),
      notReadyReason: () => notReadyReason(config, lifecycle, health),
      details: !config.production,
      now: clock.now,
    }),
    ...docsRoutes(() => document),
  ];
  const service = createAssessmentService({
    engine,
    policy: config.assessments,
    events: assessmentEvents(engine),
    newId: randomUUIDv7,
    ...clock,
  });
  const once = createOnce({ em: () => database.em(), leaseMs: 2 * config.api.requestTimeoutMs });
  const apiRoutes: Route[] = [
    ...errorRoutes(),
    ...candidateRoutes({ assessments: candidateAssessments, once, now: clock.now }),
    ...assessmentRoutes({ service, once }),
  ];
  const document = openApi([...statusRoutes, ...apiRoutes], { version });
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
    body: body({ maxBytes: config.api.maxBodyBytes, takesBody: apiTable.takesBody }),
    unitOfWork: unitOfWork({ fork: (abort) => database.em(abort) }),
    routes: apiTable.routes,
    notFound,
  };
}

function notReadyReason(config: Config, lifecycle: Lifecycle, health: Health): string | null {
  if (lifecycle.phase !== 'serving') return lifecycle.phase;
  return config.database.readinessRequires && !health.databaseReady()
    ? 'the database does not answer'
    : null;
}

function systemInfo(config: Config): SystemInfo {
  return {
    version,
    environment: config.environment,
    configuration: {
      rate_limit_per_minute: config.rateLimit.perMinute,
      rate_limit_per_hour: config.rateLimit.perHour,
      request_timeout: `${config.api.requestTimeoutMs / 1000}s`,
      cache_enabled: false,
      performance_logging: true,
    },
  };
}
