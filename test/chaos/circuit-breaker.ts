/**
 * The long form of what test/resilience/circuit-breaker asserts, on the service itself under load:
 * `node --import ./telemetry/start.ts test/chaos/circuit-breaker.ts [seconds a phase]`.
 * Prints a line for each promise and exits with 1 when one is broken. Two minutes with the default.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startFaultProxy } from '#test/support/fault-proxy.ts';
import { startServiceProcess } from '#test/support/service-process.ts';
import { until } from '#test/support/until.ts';
import { openPromises } from './promises.ts';
import { ownDatabase } from '#test/support/own-service.ts';

const WORKERS = 16;
const phaseMs = Number(process.argv[2] ?? 10) * 1000;
const cleanup = new AsyncDisposableStack();
const { report, broken } = openPromises(58);

const database = await ownDatabase(cleanup);
const url = new URL(database.url);
const proxy = await startFaultProxy({ port: Number(url.port) });
cleanup.defer(() => proxy.close());
url.port = String(proxy.port);
const service = await startServiceProcess({
  DATABASE_URL: url.href,
  DATA_DIR: database.dataDir,
  REQUEST_TIMEOUT: '3s',
});
cleanup.defer(() => service.stop());

interface Answer {
  status: number;
  ms: number;
  /** In the service; the rest is this process, which waits for the same processor. */
  servedMs: number;
  hasRetryAfter: boolean;
}
let answers: Answer[] = [];
let written = 0;
const run = String(Date.now());

async function write(): Promise<Answer> {
  const start = performance.now();
  written += 1;
  const response = await fetch(`${service.apiUrl}/api/v1/candidates`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ candidate_id: `c-${run}-${written}` }),
  });
  await response.arrayBuffer();
  const hasRetryAfter = response.headers.has('Retry-After');
  const servedMs = Number(response.headers.get('X-Process-Time')) * 1000;
  return { status: response.status, ms: performance.now() - start, servedMs, hasRetryAfter };
}

const stop = new AbortController();
const load = Array.from({ length: WORKERS }, async () => {
  while (!stop.signal.aborted) {
    answers.push(await write());
    await sleep(10);
  }
});
cleanup.defer(async () => {
  stop.abort();
  await Promise.all(load);
});

const take = () => answers.splice(0);
function counts(of: Answer[]): string {
  const byStatus: Record<number, number> = {};
  for (const { status } of of) byStatus[status] = (byStatus[status] ?? 0) + 1;
  return JSON.stringify(byStatus);
}
function p99(of: Answer[]): number {
  const sorted = of.map(({ ms }) => ms).sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0);
}

const breaker = async () => {
  const response = await fetch(`${service.apiUrl}/api/v1/status/system`);
  const { circuit_breakers: all } = (await response.json()) as {
    circuit_breakers: Record<string, { state: string }>;
  };
  return all['postgres_service']?.state;
};
const openings = async () => {
  const text = await (await fetch(`http://${service.metricsTarget}/metrics`)).text();
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('circuit_breaker_transitions_total{'));
  return lines
    .filter((line) => line.includes('name="postgres_service"') && line.includes('to="open"'))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
};
const isClosed = async () => (await breaker()) === 'closed';

try {
  await sleep(phaseMs / 2);
  const calm = take();
  report(
    'in calm all writes succeed',
    calm.every(({ status }) => status === 201),
    counts(calm),
  );
  report('in calm it never opened', (await openings()) === 0, `${calm.length} writes`);

  for (const kind of ['refuse', 'black-hole', 'swallow'] as const) {
    await proxy.set({ kind });
    await until(async () => (await breaker()) !== 'closed');
    const onset = take();
    report(
      `${kind}: until it opened`,
      onset.every(({ status }) => /20[01]|50[34]/.test(String(status))),
      counts(onset),
    );
    let alive = 0;
    let probes = 0;
    const end = performance.now() + phaseMs;
    while (performance.now() < end) {
      probes += 1;
      alive += Number((await fetch(`${service.apiUrl}/api/v1/status/liveness`)).ok);
      await sleep(100);
    }
    const outage = take();
    const refused = outage.filter(({ status }) => status === 503);
    const served = refused.map(({ servedMs }) => servedMs).sort((a, b) => a - b);
    const slowest = served[Math.floor(served.length * 0.99)] ?? Infinity;
    report(
      `${kind}: nothing but 503 with Retry-After`,
      outage.every(({ status, hasRetryAfter }) => status === 503 && hasRetryAfter),
      counts(outage),
    );
    report(
      `${kind}: refused at once`,
      slowest < 10,
      `p99 ${slowest.toFixed(1)} ms in the service, ${p99(refused)} ms here`,
    );
    report(`${kind}: alive throughout`, alive === probes, `${alive} of ${probes}`);
    await proxy.set({ kind: 'pass' });
    const ms = await until(async () => answers.some(({ status }) => status === 201));
    report(`${kind}: writes are back within a second`, ms < 1000, `${Math.round(ms)} ms`);
    await until(isClosed);
    await sleep(1000);
    take();
    await sleep(1000);
    const after = take();
    report(
      `${kind}: all is well afterwards`,
      after.every(({ status }) => status === 201),
      counts(after),
    );
  }

  const rounds = Math.max(2, Math.round(phaseMs / 4000));
  for (let round = 0; round < rounds; round += 1) {
    await proxy.set({ kind: 'refuse' });
    await sleep(2000);
    await proxy.set({ kind: 'pass' });
    await sleep(2000);
  }
  await until(isClosed);
  const flapping = take();
  report(
    `flapping ${rounds} times: only 201, 503, 504`,
    flapping.every(({ status }) => [201, 503, 504].includes(status)),
    counts(flapping),
  );

  await sleep(2000);
  take();
  const before = await openings();
  for (const seconds of [1, 10]) {
    service.signal('SIGSTOP');
    await sleep(seconds * 1000);
    service.signal('SIGCONT');
    await sleep(2000);
  }
  const slept = take();
  report(
    'asleep for 1 s and 10 s: the gap opens nothing',
    (await openings()) === before,
    counts(slept),
  );
} finally {
  await cleanup.disposeAsync();
}
process.exitCode = broken() === 0 ? 0 : 1;
