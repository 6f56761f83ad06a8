import { getHeapStatistics } from 'node:v8';
import * as prom from 'prom-client';
import { gauge, observableGauge, registry } from './metrics.ts';
import type { Telemetry } from './telemetry.ts';

/**
 * Runtime and process metrics, and who this build is: process-wide, so a second service in the
 * process adds nothing. Call it at start, so that what happens before the first scrape is counted.
 *
 * @param works false for a process that only looks after others
 */
export function startProcessMetrics(
  { version, revision }: Pick<Telemetry, 'version' | 'revision'>,
  works = true,
): void {
  if (registry.getSingleMetric('app_build_info') !== undefined) return;
  prom.collectDefaultMetrics({ register: registry });
  for (const { name } of registry.getMetricsAsArray()) {
    // The first are gauges that end in _total, which promtool rejects; the others nobody reads.
    const gone = name.startsWith('nodejs_active_') || /_lag_(min|stddev)_seconds$/.test(name);
    if (gone) registry.removeSingleMetric(name);
  }
  observableGauge({
    name: 'nodejs_heap_limit_bytes',
    help: 'Largest heap V8 will allow itself',
    combine: 'max',
  }).addCallback((observe) => observe({}, getHeapStatistics().heap_size_limit));
  gauge({
    name: 'app_processes',
    help: 'Processes that work and of which this scrape is the sum',
  }).set({}, works ? 1 : 0);
  gauge({
    name: 'app_build_info',
    help: 'Which build runs; the value is always 1',
    labels: { version: { max: 1 }, revision: { max: 1 }, node_version: { max: 1 } },
    combine: 'max',
  }).set({ version, revision, node_version: process.version }, 1);
}
