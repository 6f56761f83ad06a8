/** What every process of the service does around its work. Preload `telemetry/start.ts` before it. */
import { crash, telemetry } from '#telemetry/start.ts';
import { captureConsole, captureWarnings } from '#telemetry/capture-console.ts';
import type { RootLogger } from '#telemetry/logger.ts';
import { loadConfig, readEnvironment, type Config } from './config.ts';
import { ConfigError, EXIT_CONFIG, ProcessFailed } from './errors.ts';
import { sentenceOf } from './start-error.ts';
import { awaitStopRequest, type StopRequest } from './stop-request.ts';

/**
 * Ends the process when the work is over, with 78 when the configuration is refused. `--end-with-parent`: what npm
 * starts ends with npm.
 *
 * @param work from the start to the stop that is asked for; tells of its log before anything else begins
 */
export async function runProcess(
  work: (
    config: Config,
    stopRequest: StopRequest,
    onLog: (log: RootLogger) => void,
  ) => Promise<void>,
): Promise<void> {
  crash?.takeCharge();
  const stopRequest = awaitStopRequest(process, {
    endWithParent: process.argv.includes('--end-with-parent'),
    now: () => performance.now(),
  });
  try {
    await work(loadConfig(readEnvironment()), stopRequest, (log) => {
      captureConsole(log);
      captureWarnings(log);
    });
    // The process's, not the service's: there may be several services in one process (tests).
    await telemetry.shutdown();
    // Exporters that never reached their collector would hold the process for seconds more.
    process.exit(0);
  } catch (error) {
    if (!stopRequest.signal.aborted) {
      crash?.refuse(error, sentenceOf(error));
      process.exitCode = exitCodeOf(error);
    }
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ProcessFailed) return error.exitCode;
  return error instanceof ConfigError ? EXIT_CONFIG : 1;
}
