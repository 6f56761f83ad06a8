/** The API process. Preload `telemetry/start.ts` before it; `--end-with-parent`: what npm starts ends with npm. */
import { setImmediate as turn } from 'node:timers/promises';
import { crash, telemetry } from '#telemetry/start.ts';
import { captureConsole, captureWarnings } from '#telemetry/capture-console.ts';
import { isForPeople } from '#telemetry/pretty-line.ts';
import { start } from './compose.ts';
import { loadConfig, readEnvironment } from './config.ts';
import { ConfigError, EXIT_CONFIG } from './errors.ts';
import { announce, startFields } from './announce.ts';
import { sentenceOf } from './start-error.ts';
import { awaitStopRequest } from './stop-request.ts';

crash?.takeCharge();
const stopRequest = awaitStopRequest(process, {
  endWithParent: process.argv.includes('--end-with-parent'),
  now: () => performance.now(),
});

try {
  const config = loadConfig(readEnvironment());
  const service = await start(config, stopRequest.signal, undefined, (log) => {
    captureConsole(log);
    captureWarnings(log);
  });
  if (isForPeople(config.log.format, process.stdout)) {
    // Log lines are gathered for a turn: those of the start come first.
    await turn();
    process.stdout.write(announce(config, service));
  } else {
    service.log.info('The service is ready', startFields(config, service));
  }
  // Ctrl-C is a person waiting; SIGTERM is an orchestrator whose load balancer must notice first.
  await service.stop({ lead: (await stopRequest.asked) === 'SIGTERM' });
  // The process's, not the service's: there may be several services in one process (tests).
  await telemetry.shutdown();
  // Exporters that never reached their collector would hold the process for seconds more.
  process.exit(0);
} catch (error) {
  if (!stopRequest.signal.aborted) {
    crash?.refuse(error, sentenceOf(error));
    process.exitCode = error instanceof ConfigError ? EXIT_CONFIG : 1;
  }
}
