/** From the start of a service to its end: in one process, in the one that starts several, and in one of those. */
import cluster from 'node:cluster';
import { setImmediate as turn } from 'node:timers/promises';
import type { RootLogger } from '#telemetry/logger.ts';
import { collectFamilies } from '#telemetry/metrics.ts';
import { isForPeople } from '#telemetry/pretty-line.ts';
import { telemetry } from '#telemetry/start.ts';
import { announce, startFields } from './announce.ts';
import type { Config } from './config.ts';
import type { StopRequest } from './stop-request.ts';

type OnLog = (log: RootLogger) => void;

export async function serve(config: Config, stopRequest: StopRequest, onLog: OnLog): Promise<void> {
  // Who runs a single one under a cluster of their own knows nothing of us.
  const isOneOfSeveral = cluster.isWorker && config.api.processes > 1;
  if (isOneOfSeveral) await serveWithOthers(config, stopRequest, onLog);
  else await serveAlone(config, stopRequest, onLog);
}

async function serveAlone(
  config: Config,
  { signal, asked }: StopRequest,
  onLog: OnLog,
): Promise<void> {
  const service = await start(config, signal, onLog);
  if (isForPeople(config.log.format, process.stdout)) {
    // Log lines are gathered for a turn: those of the start come first.
    await turn();
    process.stdout.write(announce(config, service));
  } else {
    service.log.info('The service is ready', startFields(config, service));
  }
  // Ctrl-C is a person waiting; SIGTERM is an orchestrator whose load balancer must notice first.
  const why = await Promise.race([asked, service.failed]);
  await service.stop({ lead: why === 'SIGTERM' });
}

/** What a primary has no use for is not loaded there. */
async function start(config: Config, signal: AbortSignal, onLog: OnLog) {
  if (config.api.processes > 1) {
    const { startPrimary } = await import('./compose/primary.ts');
    return startPrimary(config, signal, undefined, onLog);
  }
  const compose = await import('./compose.ts');
  const service = await compose.start(config, signal, undefined, onLog);
  return { ...service, failed: new Promise<never>(() => undefined) };
}

/** One of several behind one port. */
async function serveWithOthers(
  config: Config,
  { signal, asked }: StopRequest,
  onLog: OnLog,
): Promise<void> {
  const collect = () => collectFamilies(telemetry.collect);
  const { joinPrimary } = await import('./cluster/member.ts');
  const { wireOf } = await import('./cluster/wire.ts');
  const primary = await joinPrimary({ config, wire: wireOf(process), collect });
  const compose = await import('./compose.ts');
  const started = compose.start(primary.config, signal, undefined, onLog, primary.peers);
  // The channel would keep it from ending.
  started.catch(() => process.channel?.unref());
  const service = await started;
  service.log.info('A process of the service is ready', { 'event.name': 'process.ready' });
  await primary.serving(service);
  await service.stop({ lead: (await asked) === 'SIGTERM' });
  await primary.leave(await collect());
}
