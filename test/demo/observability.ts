/**
 * `npm run demo:observability`: the service, Prometheus and Alertmanager on this machine, without
 * Docker; a minute of traffic in which the database slows down and dies; then time to look around.
 *
 * A minute of the rules passes as a second, so that alerts fire and resolve while one watches.
 * `--exit` leaves when the traffic is over; `--seconds=20` makes it shorter.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startWebhook, type Notification } from '#test/support/alertmanager-webhook.ts';
import { stopTestServer, testServer } from '#test/support/database.ts';
import { startFaultProxy, type Fault } from '#test/support/fault-proxy.ts';
import { freePort } from '#test/support/free-port.ts';
import { startMonitoringStack } from '#test/support/prometheus-stack.ts';
import { startServiceProcess } from '#test/support/service-process.ts';

/** Left running for those who forget it. */
const LOOK_AROUND_MS = 30 * 60_000;
const PAUSE_MS = 50;

interface Act {
  /** Of the whole time. */
  share: number;
  says: string;
  fault: Fault;
}
const acts: Act[] = [
  { share: 0.25, says: 'All is well.', fault: { kind: 'pass' } },
  {
    share: 0.2,
    says: 'Each way to the database takes 100 ms more: latency rises.',
    fault: { kind: 'delay', ms: 100 },
  },
  {
    share: 0.3,
    says: 'The database is down: 503, readiness is lost, the pager rings.',
    fault: { kind: 'refuse' },
  },
  {
    share: 0.25,
    says: 'The database is back: so is the service, and the alerts resolve.',
    fault: { kind: 'pass' },
  },
];

const say = (line: string) => process.stdout.write(`${line}\n`);

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());

const { values } = parseArgs({
  options: {
    exit: { type: 'boolean', default: false },
    /** Not the usual ports, which another demo may be about to take. */
    'any-ports': { type: 'boolean', default: false },
    seconds: { type: 'string', default: '60' },
  },
});
const seconds = Math.min(Math.max(Number(values.seconds) || 60, 4), 600);

const port = (usual: number) => freePort(values['any-ports'] ? undefined : usual);

const cleanup = new AsyncDisposableStack();
try {
  await demonstrate();
} catch (error) {
  if (!stopping.signal.aborted) {
    process.exitCode = 1;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
} finally {
  say('\nStopping …');
  await cleanup.disposeAsync();
}

async function demonstrate(): Promise<void> {
  say('Starting PostgreSQL, the service, Prometheus and Alertmanager …');
  cleanup.defer(stopTestServer);
  const url = new URL((await testServer()).url);
  const proxy = await startFaultProxy({ port: Number(url.port) });
  cleanup.defer(() => proxy.close());
  url.port = String(proxy.port);
  const dataDir = mkdtempSync(join(tmpdir(), 'sono-eval-demo-'));
  cleanup.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  const service = await startServiceProcess({
    DATABASE_URL: url.href,
    DATA_DIR: dataDir,
    API_PORT: String(await port(8000)),
    METRICS_PORT: String(await port(9464)),
  });
  cleanup.defer(() => service.stop());
  const webhook = await startWebhook(report);
  cleanup.defer(() => webhook.close());
  const monitoring = await startMonitoringStack({
    target: service.metricsTarget,
    probe: `${service.apiUrl}/api/v1/status/readiness`,
    webhook: webhook.url,
    ports: { prometheus: await port(9090), alertmanager: await port(9093) },
  });
  cleanup.defer(() => monitoring.close());

  say(`
  Alerts      ${monitoring.prometheusUrl}/alerts
  Graphs      ${monitoring.prometheusUrl}/graph?g0.expr=job_route%3Ahttp_requests%3Arate5m&g0.tab=0&g0.range_input=5m
  Silences    ${monitoring.alertmanagerUrl}
  Metrics     http://${service.metricsTarget}/metrics
  Health      ${service.apiUrl}/health
  Reference   ${service.apiUrl}/docs

A minute of the rules is a second here. Traffic for ${seconds} s; Ctrl-C ends everything.
`);
  const counts: Record<string, number> = {};
  for (const { share, says, fault } of acts) {
    say(says);
    await proxy.set(fault);
    await drive(service.apiUrl, share * seconds * 1000, counts);
    const answers = Object.entries(counts).map(([status, count]) => `${count} × ${status}`);
    say(`    answers so far: ${answers.join(', ')}`);
  }
  if (values.exit) return;
  say(`
That was it; everything keeps running for half an hour. What each alert means: prometheus/runbooks.
The dashboards need Grafana: COMPOSE_PROFILES=monitoring docker compose up --build.`);
  await sleep(LOOK_AROUND_MS, undefined, { signal: stopping.signal });
}

function report({ receiver, status, labels, annotations }: Notification): void {
  if (labels['alertname'] === 'Watchdog') return;
  const mark = status === 'firing' ? 'FIRING  ' : 'resolved';
  say(`    ${mark} → ${receiver}: ${labels['alertname']} · ${annotations['summary']}`);
}

/** Mixed requests, one after the other, counted by status. */
async function drive(api: string, ms: number, counts: Record<string, number>): Promise<void> {
  const end = performance.now() + ms;
  for (let n = 0; performance.now() < end; n++) {
    const status = await ask(api, n);
    counts[status] = (counts[status] ?? 0) + 1;
    await sleep(PAUSE_MS, undefined, { signal: stopping.signal });
  }
}

async function ask(api: string, n: number): Promise<string> {
  const code = `def add_${n}(a, b):\n    """Adds."""\n    return a + b\n`;
  const post = (path: string, body: unknown): [string, RequestInit] => [
    path,
    {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    },
  ];
  const requests: [string, RequestInit?][] = [
    post('/api/v1/assessments', { candidate_id: `candidate-${n % 7}`, content: { code } }),
    ['/api/v1/candidates'],
    ['/api/v1/assessments?candidate_id=candidate-1'],
    ['/api/v1/candidates/candidate-1/stats'],
    ['/api/v1/candidates/nobody'],
    ['/health'],
    post('/api/v1/candidates', { candidate_id: 'not an id' }),
  ];
  const [path, init = {}] = requests[n % requests.length] ?? ['/'];
  const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(10_000)]);
  try {
    const response = await fetch(api + path, { ...init, signal });
    await response.arrayBuffer();
    return String(response.status);
  } catch {
    stopping.signal.throwIfAborted();
    return 'no answer';
  }
}
