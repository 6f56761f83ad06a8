/** The port of scrapes, which clients do not reach. */
import { renderMetrics } from '#telemetry/metrics.ts';
import { telemetry } from '#telemetry/start.ts';
import { startMetricsServer } from '../http/server/metrics-server.ts';
import type { Platform } from './platform.ts';

/** @returns the port */
export async function startMetrics({ config, log, cleanup }: Platform): Promise<number> {
  const server = await startMetricsServer({
    ...config.metrics,
    render: (accept) => renderMetrics(accept, telemetry.collect),
    log,
  });
  cleanup.defer(() => server.close());
  return server.port;
}
