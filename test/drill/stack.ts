/** Everything that an incident needs, for itself: a service with its dependencies, watched as in production. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPrometheusApi, type PrometheusApi } from '#test/grafana/prometheus-api.ts';
import { startWebhook, type Webhook } from '#test/support/alertmanager-webhook.ts';
import { createTestDatabase } from '#test/support/database.ts';
import { startFaultProxy, type FaultProxy } from '#test/support/fault-proxy.ts';
import type { Pace } from '#test/support/monitoring-config.ts';
import { startMonitoringStack } from '#test/support/prometheus-stack.ts';
import { query } from '#test/support/query.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { startServiceProcess } from '#test/support/service-process.ts';
import type { TraceBackEnd } from './traces.ts';
import { steadyTraffic, type Traffic } from './traffic.ts';

export interface DrillStack {
  apiUrl: string;
  /** Runs until the end. */
  traffic: Traffic;
  /** Between the service and PostgreSQL. */
  proxy: FaultProxy;
  redis: RedisServer;
  /** Past the proxy. */
  sql(statement: string): Promise<void>;
  /** The service's own log. */
  logFile: string;
  webhook: Webhook;
  prometheus: PrometheusApi;
  traces: TraceBackEnd;
  close(): Promise<void>;
}

export async function startDrillStack(options: {
  traces: TraceBackEnd;
  pace: Pace;
  /** Seconds of traffic before anything is measured. */
  warmUpS: number;
  signal: AbortSignal;
}): Promise<DrillStack> {
  const { traces, pace, warmUpS, signal } = options;
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'sono-eval-drill-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
  const logs = join(dir, 'logs');
  mkdirSync(logs);
  const redis = await startRedisServer();
  stack.defer(() => redis.stop());
  const database = await createTestDatabase();
  stack.defer(() => database.drop());
  const url = new URL(database.url);
  const proxy = await startFaultProxy({ port: Number(url.port) });
  stack.defer(() => proxy.close());
  url.port = String(proxy.port);
  const service = await startServiceProcess({
    DATABASE_URL: url.href,
    DATA_DIR: dir,
    REDIS_URL: redis.url,
    LOG_LEVEL: 'INFO',
    LOG_DIR: logs,
    // As by default; each client has an address of its own.
    RATE_LIMIT_PER_MINUTE: '60',
    RATE_LIMIT_PER_HOUR: '1000',
    TRUSTED_PROXIES: '127.0.0.1',
    MAX_CONCURRENT_ASSESSMENTS: '1',
    OTEL_EXPORTER_OTLP_ENDPOINT: traces.endpoint,
    OTEL_TRACES_SAMPLER: 'always_on',
  });
  stack.defer(() => service.stop());
  const webhook = await startWebhook();
  stack.defer(() => webhook.close());
  const traffic = steadyTraffic(service.apiUrl);
  stack.defer(() => traffic.stop());
  // The first answers of a process are slow, all the more while the other stacks start, and are no news.
  await sleep(warmUpS * 1000, undefined, { signal });
  const monitoring = await startMonitoringStack({
    target: service.metricsTarget,
    probe: `${service.apiUrl}/api/v1/status/readiness`,
    webhook: webhook.url,
    traces: traces.metrics,
    pace,
  });
  stack.defer(() => monitoring.close());

  const running = stack.move();
  return {
    apiUrl: service.apiUrl,
    traffic,
    proxy,
    redis,
    sql: async (statement) => void (await query(database.url, statement)),
    logFile: join(logs, 'sono-eval.log'),
    webhook,
    prometheus: createPrometheusApi(monitoring.prometheusUrl),
    traces,
    close: () => running.disposeAsync(),
  };
}
