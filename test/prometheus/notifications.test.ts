/** One notification an incident, whichever of its alerts fires first: the real Alertmanager, told what Prometheus would tell it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWebhook, type Message, type Webhook } from '#test/support/alertmanager-webhook.ts';
import { speedUpAlertmanager } from '#test/support/monitoring-config.ts';
import { readExpectedAlerts, type ExpectedAlert } from '#test/support/prometheus-rules.ts';
import { freePort } from '#test/support/free-port.ts';
import { startAlertmanager } from '#test/support/prometheus-stack.ts';
import { killChild } from '#test/support/started-process.ts';
import { until } from '#test/support/until.ts';

/** `group_wait` of a page, 20 s, is half a second. */
const FASTER = 40;

/** Name, and labels or a text by which one of several is meant. */
type Meant = [alertname: string, labels?: Record<string, string>, text?: RegExp];

interface Incident {
  alerts: Meant[];
  /** Who is told, once. */
  receiver: string;
  /** What the text must say. */
  says: RegExp;
}

const availability = { slo: 'api-availability' };
const incidents: Record<string, Incident> = {
  'the database is down': {
    alerts: [
      ['IncidentOpen', { component: 'database' }],
      ['IncidentOpen', { cause: 'readiness' }],
      ['IncidentOpen', { cause: 'objective' }],
      ['ComponentDown'],
      ['ComponentDegraded', { component: 'memory' }],
      ['CircuitBreakerOpen', { name: 'postgres_service' }],
      ['ApiAllNotReady'],
      ['ApiNotReady'],
      ['ApiProbeFailed'],
      ['DbErrorsHigh'],
      ['DbPoolSaturated'],
      ['PostgresMetricsMissing'],
      ['ApiErrorBudgetBurn', { ...availability, long_window: '1h' }],
      ['ApiErrorBudgetBurn', { ...availability, long_window: '6h' }],
      ['ApiRouteErrorRatioHigh'],
      ['AssessmentFailuresHigh'],
      ['ErrorLogSpike'],
    ],
    receiver: 'pager',
    says: /The health probe of database has failed/,
  },
  'a table is missing': {
    alerts: [
      ['IncidentOpen', { cause: 'objective' }],
      ['ApiErrorBudgetBurn', { ...availability, long_window: '1h' }, /42P01/],
      ['ApiErrorBudgetBurn', { ...availability, long_window: '6h' }],
      ['ApiErrorBudgetBurn', { ...availability, long_window: '1d' }],
      ['DbErrorsHigh'],
      ['ApiRouteErrorRatioHigh'],
      ['AssessmentFailuresHigh'],
      ['ErrorLogSpike'],
    ],
    receiver: 'pager',
    says: /missed the objective api-availability.* Database errors: 42P01\./,
  },
  'the database is slow': {
    alerts: [
      ['IncidentOpen', { cause: 'objective', slo: 'api-latency' }],
      ['ApiErrorBudgetBurn', { slo: 'api-latency', long_window: '1h' }, /api-latency-read/],
      ['ApiErrorBudgetBurn', { slo: 'api-latency', long_window: '6h' }],
      ['DbLatencyHigh'],
      ['DbSlowerThanLastWeek'],
      ['PostgresLongTransaction'],
      ['AssessmentSlow'],
      ['ApiInFlightHigh'],
    ],
    receiver: 'pager',
    says: /missed an objective of api-latency.* Objectives missed: api-latency-read\. Slow \(p95\): postgresql /,
  },
  'Redis is down': {
    alerts: [
      ['IncidentOpen', { component: 'redis' }],
      ['ComponentDegraded', { component: 'redis' }],
      ['CircuitBreakerOpen', { name: 'redis_service' }],
      ['CircuitBreakerFlapping', { name: 'redis_service' }],
      ['RateLimiterDegraded'],
      ['CacheErrors'],
      ['CacheBusDown'],
      ['CacheHitRatioLow'],
      ['RedisMetricsMissing'],
    ],
    receiver: 'ticket',
    says: /The health probe of redis has failed/,
  },
  'clients ask for more than they may': {
    alerts: [['RateLimitSurge']],
    receiver: 'ticket',
    says: /answered 429/,
  },
  'no process can be reached': {
    alerts: [
      ['IncidentOpen', { cause: 'process' }],
      ['ApiAllInstancesDown'],
      ['ApiInstanceDown'],
      ['ApiProbeFailed'],
      ['ApiErrorBudgetBurn', { ...availability, long_window: '1h' }],
      ['TraceExportFailing'],
    ],
    receiver: 'pager',
    says: /Prometheus reaches none of/,
  },
};

const expected = readExpectedAlerts();

function alertOf([alertname, labels = {}, text = /^/]: Meant): ExpectedAlert {
  const found = expected.find(
    (alert) =>
      alert.alertname === alertname &&
      text.test(alert.annotations['description'] ?? '') &&
      Object.entries(labels).every(([name, value]) => alert.labels[name] === value),
  );
  assert.ok(found, `no rule test shows ${alertname} ${JSON.stringify(labels)}`);
  return found;
}

/** Each alert is once the first, and once the last. */
function ordersOf<T>(alerts: readonly T[]): T[][] {
  return alerts.flatMap((_, index) => {
    const turned = [...alerts.slice(index), ...alerts.slice(0, index)];
    return [turned, turned.toReversed()];
  });
}

describe('notifications', function () {
  this.timeout(300_000);
  const cleanup = new AsyncDisposableStack();
  let webhook: Webhook;
  let alertmanager: string;

  before(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'sono-notifications-'));
    cleanup.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
    webhook = await startWebhook();
    cleanup.defer(() => webhook.close());
    const config = join(dir, 'alertmanager.yml');
    const committed = readFileSync('prometheus/alertmanager.yml', 'utf8');
    // Office hours are another matter.
    const awake = committed.replace('      mute_time_intervals: [outside-hours]\n', '');
    assert.notEqual(awake, committed);
    writeFileSync(config, speedUpAlertmanager(awake, webhook.url, FASTER));
    mkdirSync(join(dir, 'storage'));
    const address = `127.0.0.1:${await freePort()}`;
    const child = await startAlertmanager({ config, storage: join(dir, 'storage'), address });
    cleanup.defer(() => killChild(child));
    alertmanager = `http://${address}`;
    await post('monitoring', [alertOf(['Watchdog'])]);
  });
  after(() => cleanup.disposeAsync());

  /** @param service another one is another incident */
  async function post(service: string, alerts: ExpectedAlert[], ended = false): Promise<void> {
    const body = alerts.map(({ alertname, labels, annotations }) => ({
      labels: { ...labels, alertname, service },
      annotations,
      ...(ended ? { endsAt: new Date().toISOString() } : {}),
    }));
    const response = await fetch(`${alertmanager}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal(response.status, 200, await response.text());
  }

  const about = (service: string) =>
    webhook.messages.filter(({ groupLabels }) => groupLabels['service'] === service);
  const pulses = () => webhook.messages.filter(({ receiver }) => receiver === 'dead-man').length;

  /** More than a ticket waits, and than what is over does, in the time of Alertmanager itself. */
  async function settled(): Promise<void> {
    const beats = pulses();
    await until(() => pulses() >= beats + 3);
  }

  interface Played extends Incident {
    /** One for each order. */
    services: string[];
    /** Of each service while it lasted, and when all was over. */
    during: Map<string, Message[]>;
    after: Map<string, Message[]>;
  }
  const played = new Map<string, Played>();

  /** All at once: each has a service of its own, but for what is about nothing but the service itself. */
  before('play them', async () => {
    for (const [name, incident] of Object.entries(incidents)) {
      const fixed = incident.alerts.some(([, labels]) => labels?.['cause'] === 'process');
      const orders = ordersOf(incident.alerts.map(alertOf));
      const chosen = fixed ? orders.slice(-1) : orders;
      const services = chosen.map((_, index) => (fixed ? 'api' : `${name} ${index}`));
      await Promise.all(chosen.map((order, index) => post(services[index] ?? '', order)));
      played.set(name, { ...incident, services, during: new Map(), after: new Map() });
    }
    await told(1);
    for (const { services, during } of played.values()) {
      for (const service of services) during.set(service, about(service));
    }
    // The end: what was told is over first; alerts that look back, and what explains them, last longer.
    for (const { alerts, services, during } of played.values()) {
      for (const service of services) {
        await post(service, alertsIn(during.get(service), alerts, true), true);
      }
    }
    await told(2);
    // What explains others is the last to end, as its rules see to.
    for (const explains of [false, true]) {
      for (const { alerts, services, during } of played.values()) {
        for (const service of services) {
          const rest = alertsIn(during.get(service), alerts, false);
          const ending = rest.filter(
            ({ alertname }) => (alertname === 'IncidentOpen') === explains,
          );
          await post(service, ending, true);
        }
      }
      await settled();
    }
    for (const { services, after: over } of played.values()) {
      for (const service of services) over.set(service, about(service));
    }
  });

  /** @param messages that each service must have, at least; more may come until it is settled */
  async function told(messages: number): Promise<void> {
    const services = [...played.values()].flatMap((incident) => incident.services);
    await until(() => services.every((service) => about(service).length >= messages));
    await settled();
  }

  /** Of the incident, those that were sent, or the others. */
  function alertsIn(messages: Message[] = [], alerts: Meant[], sent: boolean): ExpectedAlert[] {
    const names = new Set(
      messages.flatMap((message) => message.alerts.map(({ labels }) => key(labels))),
    );
    return alerts
      .map(alertOf)
      .filter(({ alertname, labels }) => names.has(key({ ...labels, alertname })) === sent);
  }
  const key = (labels: Record<string, string>) =>
    JSON.stringify(
      Object.entries(labels)
        .filter(([label]) => label !== 'service')
        .sort(([a], [b]) => a.localeCompare(b)),
    );

  for (const [name, { receiver, says }] of Object.entries(incidents)) {
    it(`are one when ${name}, whichever alert is first, and one more when it is over`, () => {
      const { services, during, after: over } = played.get(name) as Played;
      assert.ok(services.length > 0);
      const statuses = (messages: Message[] = []) =>
        messages.map((message) => `${message.receiver} ${message.status}`);
      for (const service of services) {
        const first = during.get(service);
        assert.deepEqual(statuses(first), [`${receiver} firing`], service);
        assert.match(first?.[0]?.alerts[0]?.annotations['description'] ?? '', says);
        assert.deepEqual(
          statuses(over.get(service)),
          [`${receiver} firing`, `${receiver} resolved`],
          service,
        );
      }
    });
  }

  it('wait for the alert that says it, however long before it the others fire', async () => {
    const service = 'late';
    const { alerts = [] } = incidents['the database is down'] ?? {};
    const [late, others] = [
      alerts.filter(([alertname]) => alertname === 'ComponentDown'),
      alerts.filter(([alertname]) => alertname !== 'ComponentDown'),
    ];
    await post(service, others.map(alertOf));
    await settled();
    assert.deepEqual(about(service), []);
    await post(service, late.map(alertOf));
    await until(() => about(service).length > 0);
    await settled();
    assert.equal(about(service).length, 1);
  });

  it('are sent about what nothing explains', async () => {
    await post('alone', [alertOf(['DbPoolSaturated']), alertOf(['ApiAllNotReady'])]);
    await until(() => about('alone').length > 1);
    await settled();
    assert.deepEqual(
      about('alone')
        .map((message) => message.receiver)
        .sort(),
      ['pager', 'ticket'],
    );
  });
});
