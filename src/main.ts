/** The API process. */
import { setImmediate as turn } from 'node:timers/promises';
import { isForPeople } from '#telemetry/pretty-line.ts';
import { announce, startFields } from './announce.ts';
import { start } from './compose.ts';
import { runProcess } from './run-process.ts';

await runProcess(async (config, { signal, asked }, onLog) => {
  const service = await start(config, signal, undefined, onLog);
  if (isForPeople(config.log.format, process.stdout)) {
    // Log lines are gathered for a turn: those of the start come first.
    await turn();
    process.stdout.write(announce(config, service));
  } else {
    service.log.info('The service is ready', startFields(config, service));
  }
  // Ctrl-C is a person waiting; SIGTERM is an orchestrator whose load balancer must notice first.
  await service.stop({ lead: (await asked) === 'SIGTERM' });
});
