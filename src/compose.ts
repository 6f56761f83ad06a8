/** What the service is made of: the only file that constructs parts. */
import { randomUUIDv7 } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, prepareLogDir, type RootLogger } from '#telemetry/logger.ts';
import { renderMetrics, startProcessMetrics } from '#telemetry/metrics.ts';
import { createAdminApp, createApp } from './app.ts';
import { systemClock as clock } from './time/clock.ts';
import { startBreakers, startCache, startRateLimiting } from './compose/resilience.ts';
import { createAdminStack, createStack } from './compose/api.ts';
import type { Config } from './config.ts';
import { createEnginePool } from './engine/pool.ts';
import { CandidateEntity } from './features/candidates/candidate.entity.ts';
import { entities } from './features/entities.ts';
import { closeServer, listen, type Lifecycle } from './http/server/lifecycle.ts';
import { startMetricsServer } from './http/server/metrics-server.ts';
import { protectiveHeaders } from './http/request/security-headers.ts';
import { createHttpServer } from './http/server/server.ts';
import { describeTrouble } from './resilience/circuit-breaker/circuit-breakers.ts';
import { createHealth, type Health } from './resilience/health/health.ts';
import { healthEvents, observeReadiness } from './resilience/health/metrics.ts';
import { createProbes } from './resilience/health/probes.ts';
import { openDatabaseServer } from './storage/database-server.ts';
import { resolveDataDir } from './storage/embedded-postgres/data-dir.ts';
import type { DatabaseGuard } from './storage/postgres/pool-guard.ts';
import { createDatabase } from './storage/postgres/database.ts';
import { prepareSchema } from './storage/postgres/prepare-schema.ts';
import { createRedis } from './storage/redis/connection.ts';

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
  const deps = { config, log, clock, cleanup };
  const breakers = startBreakers(deps);
  const guard = breakers.named('postgres_service');
  const opened = await openDatabase(config, log, cleanup, guard);
  const { database, databaseUrl, dataDir, embedded } = opened;
  const redis =
    config.redis === null ? null : createRedis({ ...config.redis, name: 'sono-eval-health' });
  cleanup.defer(() => redis?.close());
  const cache = startCache(deps, breakers);
  const rateLimiting = startRateLimiting(deps, breakers);
  const engine = createEnginePool({ maxConcurrent: config.assessments.maxConcurrent });
  cleanup.defer(() => engine.close());
  const health = createHealth({
    probes: createProbes({
      database,
      redis,
      dataDir,
      readMemory: (abort) => database.em(abort).findOne(CandidateEntity, { id: '-' }),
      assessSample: (abort) => engine.sample(abort),
      circuitBreakers: () => describeTrouble(breakers.breakers.getStatus()),
    }),
    events: healthEvents({ log, now: clock.now }),
    ...clock,
  });
  const notReadyReason = () => whyNotReady(config, lifecycle, health);
  observeReadiness(() => notReadyReason() === null);
  const layers = { breakers, rateLimiting, cache };
  const parts = { ...deps, version, database, engine, health, notReadyReason, ...layers };
  const admin = createAdminApp(createAdminStack(parts)).callback();
  const metricsServer = await startMetricsServer({
    ...config.metrics,
    render: renderMetrics,
    admin: (request, response) => void admin(request, response),
    log,
  });
  cleanup.defer(() => metricsServer.close());
  const respond = createApp(createStack(parts)).callback();
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

async function openDatabase(
  config: Config,
  log: RootLogger,
  cleanup: AsyncDisposableStack,
  guard: DatabaseGuard,
) {
  const server = await openDatabaseServer(config.database, (line) => {
    log.debug('The embedded database wrote a line.', { component: 'postgres', line });
  });
  cleanup.defer(() => server.stop());
  const database = await createDatabase({ url: server.url, entities, guard });
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

function whyNotReady(config: Config, lifecycle: Lifecycle, health: Health): string | null {
  if (lifecycle.phase !== 'serving') return lifecycle.phase;
  return config.database.readinessRequires && !health.databaseReady()
    ? 'the database does not answer'
    : null;
}
