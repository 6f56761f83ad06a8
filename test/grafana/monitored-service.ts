/**
 * The service as it is in production, watched as it is in production: a process of its own that
 * sends traces, PostgreSQL behind a fault proxy, Redis, and the committed Prometheus configuration.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWebhook } from '#test/support/alertmanager-webhook.ts';
import { startExporterFixture } from '#test/support/exporter-fixtures.ts';
import { startFaultProxy, type FaultProxy } from '#test/support/fault-proxy.ts';
import { startOtlpReceiver, type OtlpReceiver } from '#test/support/otlp-receiver.ts';
import { startMonitoringStack } from '#test/support/prometheus-stack.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { startServiceProcess } from '#test/support/service-process.ts';
import { until } from '#test/support/until.ts';
import { createPrometheusApi, type PrometheusApi } from './prometheus-api.ts';

export interface MonitoredService {
  apiUrl: string;
  /** Between the service and PostgreSQL. */
  proxy: FaultProxy;
  redis: RedisServer;
  /** Where the service sends its spans. */
  traces: OtlpReceiver;
  prometheus: PrometheusApi;
  close(): Promise<void>;
}

export async function startMonitoredService(databaseUrl: string): Promise<MonitoredService> {
  await using stack = new AsyncDisposableStack();
  const dataDir = mkdtempSync(join(tmpdir(), 'sono-eval-monitored-'));
  stack.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  const traces = await startOtlpReceiver();
  stack.defer(() => traces.close());
  const redis = await startRedisServer();
  stack.defer(() => redis.stop());
  const target = new URL(databaseUrl);
  const proxy = await startFaultProxy({ port: Number(target.port) });
  stack.defer(() => proxy.close());
  target.port = String(proxy.port);

  const service = await startServiceProcess({
    LOG_LEVEL: 'INFO',
    DATA_DIR: dataDir,
    DATABASE_URL: target.href,
    WEBHOOK_ALLOW_LOOPBACK: 'true',
    ENGINE_CHECK_INTERVAL: '5s',
    REDIS_URL: redis.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: traces.endpoint,
    OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
    OTEL_BSP_SCHEDULE_DELAY: '500',
  });
  stack.defer(() => service.stop());
  const postgres = await startExporterFixture('postgres');
  stack.defer(() => postgres.close());
  const exporterOfRedis = await startExporterFixture('redis');
  stack.defer(() => exporterOfRedis.close());
  const webhook = await startWebhook();
  stack.defer(() => webhook.close());
  const monitoring = await startMonitoringStack({
    target: service.metricsTarget,
    probe: `${service.apiUrl}/api/v1/status/readiness`,
    exporters: { postgres: postgres.target, redis: exporterOfRedis.target },
    webhook: webhook.url,
    // Nobody waits for Alertmanager: four times as often takes half a core.
    evaluation: '1s',
  });
  stack.defer(() => monitoring.close());
  const prometheus = createPrometheusApi(monitoring.prometheusUrl);
  await until(async () => (await prometheus.instant('up{job="api"} == 1')).length === 1);

  const running = stack.move();
  return {
    apiUrl: service.apiUrl,
    proxy,
    redis,
    traces,
    prometheus,
    close: () => running.disposeAsync(),
  };
}
