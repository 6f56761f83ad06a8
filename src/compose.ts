/** What the service is made of. A process is a platform and what it does on it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RootLogger } from '#telemetry/logger.ts';
import { openAccess, startAccess } from './compose/access.ts';
import { createApi } from './compose/api.ts';
import { createFeatures } from './compose/features.ts';
import { startMetrics } from './compose/metrics.ts';
import { demandRedisAccess } from './compose/redis.ts';
import { becomeReady, startPlatform } from './compose/platform.ts';
import type { AdminKey } from './features/access/admin-key.ts';
import { warnOfDeployment } from './compose/warnings.ts';
import type { Peers } from './cluster/peers.ts';
import type { Config } from './config.ts';
import { drain } from './http/server/lifecycle.ts';

export interface RunningService {
  apiPort: number;
  metricsPort: number;
  dataDir: string;
  embedded: boolean;
  /** Of the first administrator outside production; null where there is none. */
  adminKey: AdminKey | null;
  log: RootLogger;
  /** @param options.lead keep serving while load balancers notice that readiness is gone */
  stop: (options: { lead: boolean }) => Promise<void>;
}

/**
 * Starts the service: servers first, so that probes are answered, then database and engine.
 *
 * @param signal gives up a start that waits for its database
 * @param logStream in place of stdout, for tests
 * @param onLog told of the log before anything else begins
 * @param peers other processes behind the same port: the primary has the metrics port of all
 * @throws {ConfigError} when a server shows that the configuration is wrong: then nothing was started
 * @throws {Error} with a sentence for the operator; everything that was started is stopped again
 */
export async function start(
  config: Config,
  signal: AbortSignal,
  logStream?: NodeJS.WritableStream,
  onLog?: (log: RootLogger) => void,
  peers?: Peers,
): Promise<RunningService> {
  await demandRedisAccess(config);
  const cleanup = new AsyncDisposableStack();
  try {
    const platform = await startPlatform(config, cleanup, logStream, onLog, peers);
    const metricsPort = peers === undefined ? await startMetrics(platform) : 0;
    const access = openAccess(platform);
    const features = createFeatures(platform, access);
    const listen = createApi(platform, access, features);
    // While others serve, nobody is to meet one that only starts.
    const early = peers?.areServing === true ? null : await listen();
    const adminKey = await becomeReady(platform, signal, async () => {
      await features.jobs.open(signal);
      return startAccess(platform, access);
    });
    const apiPort = early ?? (await listen());
    features.start();
    await warnOfDeployment(platform);
    const { dataDir, embedded, log, lifecycle } = platform;
    return {
      apiPort,
      metricsPort,
      dataDir,
      embedded,
      adminKey,
      log,
      async stop({ lead }) {
        drain(lifecycle);
        log.info('draining');
        if (lead) await sleep(config.shutdown.leadMs);
        await cleanup.disposeAsync();
      },
    };
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}
