/** The worker process. Preload `telemetry/start.ts` before it; `--end-with-parent`: what npm starts ends with npm. */
import { crash, telemetry } from '#telemetry/start.ts';
import { captureConsole, captureWarnings } from '#telemetry/capture-console.ts';
import { startWorker } from './compose/worker.ts';
import { loadConfig, readEnvironment } from './config.ts';
import { ConfigError, EXIT_CONFIG } from './errors.ts';
import { sentenceOf } from './start-error.ts';
import { awaitStopRequest } from './stop-request.ts';

crash?.takeCharge();
const stopRequest = awaitStopRequest(process, {
  endWithParent: process.argv.includes('--end-with-parent'),
  now: () => performance.now(),
});

try {
  const config = loadConfig(readEnvironment());
  const worker = await startWorker(config, stopRequest.signal, undefined, (log) => {
    captureConsole(log);
    captureWarnings(log);
  });
  worker.log.info('The worker is ready', { metrics_port: worker.metricsPort });
  await stopRequest.asked;
  await worker.stop();
  await telemetry.shutdown();
  // Exporters that never reached their collector would hold the process for seconds more.
  process.exit(0);
} catch (error) {
  if (!stopRequest.signal.aborted) {
    crash?.refuse(error, sentenceOf(error));
    process.exitCode = error instanceof ConfigError ? EXIT_CONFIG : 1;
  }
}
