/** From the dead database to the pager and back: real service, Prometheus and Alertmanager, a minute passing as a second. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWebhook, type Webhook } from '#test/support/alertmanager-webhook.ts';
import { testDatabase } from '#test/support/database.ts';
import { startFaultProxy, type FaultProxy } from '#test/support/fault-proxy.ts';
import { startMonitoringStack, type MonitoringStack } from '#test/support/prometheus-stack.ts';
import { startServiceProcess, type ServiceProcess } from '#test/support/service-process.ts';
import { until } from '#test/support/until.ts';

interface ActiveAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  status: { state: string; inhibitedBy: string[] };
}

describe('alerts end to end', () => {
  const database = testDatabase();
  const cleanup = new AsyncDisposableStack();
  let proxy: FaultProxy;
  let service: ServiceProcess;
  let webhook: Webhook;
  let monitoring: MonitoringStack;

  before(async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'sono-alerts-'));
    cleanup.defer(() => rmSync(dataDir, { recursive: true, force: true }));
    const url = new URL(database.url);
    proxy = await startFaultProxy({ port: Number(url.port) });
    cleanup.defer(() => proxy.close());
    url.port = String(proxy.port);
    service = await startServiceProcess({ DATABASE_URL: url.href, DATA_DIR: dataDir });
    cleanup.defer(() => service.stop());
    // The first answers of a process are slow, and are no news.
    for (let i = 0; i < 20; i++) await fetch(`${service.apiUrl}/api/v1/candidates`);
    webhook = await startWebhook();
    cleanup.defer(() => webhook.close());
    monitoring = await startMonitoringStack({
      target: service.metricsTarget,
      probe: `${service.apiUrl}/api/v1/status/readiness`,
      webhook: webhook.url,
    });
    cleanup.defer(() => monitoring.close());
    cleanup.defer(drive(`${service.apiUrl}/api/v1/candidates`));
  });
  after(() => cleanup.disposeAsync());

  /** Ten requests a second until the returned function is called. */
  function drive(url: string): () => Promise<void> {
    const stop = new AbortController();
    const loop = async () => {
      while (!stop.signal.aborted) {
        await fetch(url).then((response) => response.arrayBuffer());
        await sleep(100);
      }
    };
    const driving = loop();
    return async () => {
      stop.abort();
      await driving;
    };
  }

  const told = (status: string) =>
    new Set(
      webhook.received
        .filter((notification) => notification.status === status)
        .map(({ receiver, labels }) => {
          const { alertname, component, slo } = labels;
          return [receiver, alertname, component ?? slo].filter(Boolean).join(' ');
        }),
    );
  /** Every message to whoever is told of alerts, but the pulse. */
  const pages = () =>
    webhook.messages
      .filter(({ receiver }) => receiver !== 'dead-man')
      .map(({ status, alerts }) =>
        [status, ...new Set(alerts.map(({ labels }) => labels['alertname']))].join(' '),
      );
  const active = async () => {
    const response = await fetch(`${monitoring.alertmanagerUrl}/api/v2/alerts`);
    return (await response.json()) as ActiveAlert[];
  };
  const sliSeries = async () => {
    const query = encodeURIComponent('slo:sli_error:ratio_rate5m{slo="api-availability"}');
    const response = await fetch(`${monitoring.prometheusUrl}/api/v1/query?query=${query}`);
    const { data } = (await response.json()) as { data: { result: unknown[] } };
    return data.result.length;
  };

  it('tells of nothing but its own pulse while all is well', async () => {
    await until(async () => (await sliSeries()) > 0);
    // Before its first scrape Prometheus may have said that the service is missing.
    await until(async () => (await active()).length === 1);
    webhook.received.length = 0;
    webhook.messages.length = 0;
    await until(() => webhook.received.length >= 3);
    assert.deepEqual([...told('firing')], ['dead-man Watchdog']);
  });

  it('pages for the database, once, and keeps quiet what it explains', async () => {
    await proxy.set({ kind: 'refuse' });
    await until(() => told('firing').has('pager ComponentDown database'));
    // These fire, and nobody is told.
    const quiet = [
      'ApiAllNotReady',
      'ApiErrorBudgetBurn',
      'ApiNotReady',
      'ApiProbeFailed',
      'ApiRouteErrorRatioHigh',
      'CircuitBreakerOpen',
      'ComponentDegraded',
    ];
    await until(async () => {
      const alerts = await active();
      return quiet.every((name) => alerts.some(({ labels }) => labels['alertname'] === name));
    });
    for (const { labels, status } of await active()) {
      if (!quiet.includes(labels['alertname'] ?? '')) continue;
      assert.equal(status.state, 'suppressed', `${labels['alertname']} is not inhibited`);
    }
    assert.deepEqual(pages(), ['firing ComponentDown']);
  });

  it('says where to look', () => {
    const page = webhook.received.find(({ labels }) => labels['alertname'] === 'ComponentDown');
    assert.match(page?.annotations['runbook_url'] ?? '', /^https:.*\/runbooks\/ComponentDown\.md$/);
    assert.equal(
      page?.annotations['dashboard_url'],
      'http://localhost:3000/d/api-health?viewPanel=panel-1',
    );
    assert.match(
      page?.annotations['description'] ?? '',
      /database has failed for 45 seconds or more, on 1 of 1 instances/,
    );
    assert.equal(page?.labels['grafana_url'], undefined);
  });

  it('takes it back when the database answers again, and tells of nothing that is over', async () => {
    await proxy.set({ kind: 'pass' });
    await until(() => told('resolved').has('pager ComponentDown database'));
    // All that looks back has forgotten it, and so has what held it back.
    await until(async () => (await active()).length === 1);
    assert.deepEqual(pages(), ['firing ComponentDown', 'resolved ComponentDown']);
  });
});
