/** A process that works jobs off and answers nobody: no public port, its metrics and `/livez` alone. */
import type { RootLogger } from '#telemetry/logger.ts';
import type { Config } from '../config.ts';
import { drain } from '../http/server/lifecycle.ts';
import { createAssessments } from './assessments.ts';
import { createJobs } from './jobs.ts';
import { startMetrics } from './metrics.ts';
import { becomeReady, startPlatform } from './platform.ts';
import { demandRedisAccess } from './redis.ts';

export interface RunningWorker {
  metricsPort: number;
  log: RootLogger;
  /** Lets running jobs end within the grace, and hands the rest back. */
  stop: () => Promise<void>;
}

/**
 * @param signal gives up a start that waits for its database
 * @param logStream in place of stdout, for tests
 * @param onLog told of the log before anything else begins
 * @throws {Error} with a sentence for the operator; everything that was started is stopped again
 */
export async function startWorker(
  config: Config,
  signal: AbortSignal,
  logStream?: NodeJS.WritableStream,
  onLog?: (log: RootLogger) => void,
): Promise<RunningWorker> {
  await demandRedisAccess(config);
  const cleanup = new AsyncDisposableStack();
  try {
    const platform = await startPlatform(config, cleanup, logStream, onLog);
    const metricsPort = await startMetrics(platform);
    const jobs = createJobs(platform, createAssessments(platform), { works: true });
    await becomeReady(platform, signal, () => jobs.open(signal));
    return {
      metricsPort,
      log: platform.log,
      async stop() {
        drain(platform.lifecycle);
        platform.log.info('draining');
        await cleanup.disposeAsync();
      },
    };
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}
