/** What every process stands on, whether it answers requests or works in the background. */
import type { RootLogger } from '#telemetry/logger.ts';
import { startProcessMetrics } from '#telemetry/metrics-process.ts';
import { crash, telemetry } from '#telemetry/start.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { Peers } from '../cluster/peers.ts';
import { DEVELOPMENT_KEY, type Config } from '../config.ts';
import { createHandles, type Handles } from '../http/request/handles.ts';
import { goldenSubmissions } from '../engine/golden.ts';
import { createEnginePool, type EnginePool } from '../engine/pool.ts';
import { createGoldenChecks } from '../features/assessments/golden-checks.ts';
import {
  goldenEvents,
  observeEnginePool,
  observeGoldenChecks,
} from '../features/assessments/metrics.ts';
import type { Lifecycle } from '../http/server/lifecycle.ts';
import type { Cache } from '../resilience/cache/cache.ts';
import { prepareSchema } from '../storage/postgres/prepare-schema.ts';
import { after, systemClock as clock } from '../time/clock.ts';
import { startBreakers, type Breakers } from './breakers.ts';
import type { Erasures } from '../resilience/cache/erasures.ts';
import { startCache, startErasures } from './cache.ts';
import type { Foundation } from './foundation.ts';
import { openLog } from './log.ts';
import { openDatabase, type OpenDatabase } from './database.ts';
import { createServiceHealth, type ServiceHealth } from './health.ts';
import { startRateLimiting, type RateLimiting } from './rate-limiting.ts';

const { version } = packageJson;

const PROBE_INTERVAL_MS = 1000;

export interface Platform extends Foundation, OpenDatabase, ServiceHealth {
  lifecycle: Lifecycle;
  breakers: Breakers;
  cache: Cache;
  erasures: Erasures;
  rateLimiting: RateLimiting;
  engine: EnginePool;
  handles: Handles;
}

/**
 * @param logStream in place of stdout
 * @param onLog told of the log before anything else begins
 * @param peers other processes behind the same port
 */
export async function startPlatform(
  config: Config,
  cleanup: AsyncDisposableStack,
  logStream?: NodeJS.WritableStream,
  onLog?: (log: RootLogger) => void,
  peers?: Peers,
): Promise<Platform> {
  const log = openLog(config, { version, now: clock.now }, logStream);
  onLog?.(log);
  cleanup.defer(() => log.close());
  if (crash !== null) cleanup.defer(crash.reportTo(log));
  startProcessMetrics(telemetry);
  const foundation = { config, version, log, clock, cleanup, peers };
  const lifecycle: Lifecycle = { phase: 'starting', whenDraining: [] };
  const breakers = startBreakers(foundation);
  const opened = await openDatabase(foundation, breakers);
  const cache = startCache(foundation, breakers);
  const erasures = startErasures({ ...foundation, ...opened }, cache);
  const rateLimiting = startRateLimiting(foundation, breakers);
  const engine = createEnginePool({ maxConcurrent: config.assessments.maxConcurrent });
  cleanup.defer(() => engine.close());
  cleanup.defer(observeEnginePool(engine));
  const parts = {
    ...foundation,
    ...opened,
    lifecycle,
    breakers,
    cache,
    erasures,
    rateLimiting,
    engine,
    handles: createHandles(config.secretKey ?? DEVELOPMENT_KEY),
  };
  return { ...parts, ...createServiceHealth(parts) };
}

/**
 * Waits for the database, brings the schema up to date, warms the engine, and opens the doors.
 *
 * @param open what needs the tables, and comes before the first request
 */
export async function becomeReady<T>(
  platform: Platform,
  signal: AbortSignal,
  open: () => Promise<T>,
): Promise<T> {
  const { config, log, database, databaseUrl, engine, erasures, health, cleanup, lifecycle } =
    platform;
  const mayMigrate = !config.production;
  await Promise.all([
    prepareSchema(database, databaseUrl, { mayMigrate, log, signal }),
    engine.ready(),
  ]);
  erasures.start();
  const opened = await open();
  await health.probeAll();
  cleanup.defer(health.start(PROBE_INTERVAL_MS));
  startGoldenChecks(platform);
  lifecycle.phase = 'serving';
  return opened;
}

function startGoldenChecks({ config, engine, cleanup, log }: Platform): void {
  const checks = createGoldenChecks({
    engine,
    submissions: goldenSubmissions,
    intervalMs: config.assessments.checkIntervalMs,
    events: goldenEvents,
    after,
    log,
  });
  cleanup.defer(() => checks.close());
  cleanup.defer(observeGoldenChecks(checks));
  checks.start();
}
