/**
 * The long form of what test/http/request/turn.test.ts asserts, on the service itself:
 * `node --import ./telemetry/start.ts test/chaos/overload.ts [seconds a phase]`.
 * Twelve clients in a process of their own connect, ask for something from the database, and hang up 1 to 6 ms
 * later, while liveness and readiness are asked on a new connection every 150 ms. For some of them the database is asked
 * before they hang up, the more the faster the service is: spans of a tenth of them tell when. Then eight submissions of
 * 7 MB come at once. Prints a line for each promise and exits with 1 when one is broken. A minute with the default.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPromises } from './promises.ts';
import { startOtlpReceiver } from '#test/support/otlp-receiver.ts';
import { ownService } from '#test/support/own-service.ts';

const CLIENTS = 12;
const PROBE_EVERY_MS = 150;
const SUBMISSIONS = 8;
const SUBMISSION_BYTES = 7e6;
const FILES = 2000;
/** Kinds of spans. */
const SERVER = 2;
const CLIENT = 3;
/** Until what a request was told of has come. */
const EXPORT_MS = 2000;
const phaseMs = Number(process.argv[2] ?? 10) * 1000;
const cleanup = new AsyncDisposableStack();
const { report, broken } = openPromises(58);

const receiver = await startOtlpReceiver();
cleanup.defer(() => receiver.close());
const service = await ownService(cleanup, {
  OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
  // Recorded is what a client asks to have recorded.
  OTEL_TRACES_SAMPLER: 'parentbased_always_off',
});

interface Probe {
  ms: number;
  isAlive: boolean;
}

/** On a new connection. */
async function probe(path: string): Promise<Probe> {
  const startedAt = performance.now();
  const asked = request(service.apiUrl + path, { agent: false }).end();
  const [response] = (await once(asked, 'response')) as [
    NodeJS.ReadableStream & { statusCode: number },
  ];
  response.resume();
  return { ms: performance.now() - startedAt, isAlive: response.statusCode === 200 };
}

async function probes(path: string): Promise<Probe[]> {
  const all: Promise<Probe>[] = [];
  const end = performance.now() + phaseMs;
  while (performance.now() < end) {
    all.push(probe(path).catch(() => ({ ms: Infinity, isAlive: false })));
    await sleep(PROBE_EVERY_MS);
  }
  return Promise.all(all);
}

function figures(of: Probe[]): string {
  const sorted = of.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? NaN);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms of ${of.length}`;
}

/** Sum of a family's series. */
async function counted(family: string): Promise<number> {
  const text = await (await fetch(`http://${service.metricsTarget}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${family}{`))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** 2,000 small files. */
function submission(n: number): string {
  const files = Array.from({ length: FILES }, (_, i) => {
    const name = `add${n}x${i}`;
    const code = `/** Adds. */\nexport function ${name}(left: number, right: number): number {\n  if (left > ${i}) return left + right;\n  return left * right + ${n};\n}\n`;
    const content = code.repeat(Math.ceil(SUBMISSION_BYTES / FILES / code.length));
    return { path: `src/module${i % 40}/file${i}.ts`, content };
  });
  return JSON.stringify({ candidate_id: `large-${n}`, content: { files } });
}

async function send(body: string) {
  const startedAt = performance.now();
  const response = await fetch(`${service.apiUrl}/api/v1/assessments`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  });
  const ms = performance.now() - startedAt;
  await response.arrayBuffer();
  return { status: response.status, ms, hasRetryAfter: response.headers.has('Retry-After') };
}

/**
 * Whether the database was asked for those who hung up, by their spans.
 *
 * @param hungUp lines of `hang-up-clients.ts`
 * @returns how many were there when it was asked first, were gone, and it was never asked for
 */
function askedFor(hungUp: readonly string[]) {
  const spans = Map.groupBy(receiver.spans, ({ traceId }) => traceId);
  const found = { there: 0, gone: 0, never: 0 };
  for (const line of hungUp) {
    const [id = '', at] = line.split(' ');
    const trace = spans.get(id) ?? [];
    // A request that was reset or refused has none.
    if (!trace.some(({ kind }) => kind === SERVER)) continue;
    const asked = trace.filter(({ kind }) => kind === CLIENT).map(({ startedAt }) => startedAt);
    if (asked.length === 0) found.never += 1;
    // Whole milliseconds: within the same one it counts as gone.
    else if (Math.min(...asked) < Number(at)) found.there += 1;
    else found.gone += 1;
  }
  return found;
}

const isWell = (of: Probe[]) => of.every(({ ms, isAlive }) => isAlive && ms <= 1000);

try {
  const liveness = '/api/v1/status/liveness';
  const calm = await probes(liveness);
  report('in calm no probe takes more than a second', isWell(calm), figures(calm));

  const clients = spawn(
    process.execPath,
    ['test/chaos/hang-up-clients.ts', service.apiUrl, String(CLIENTS)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  cleanup.defer(() => void clients.kill());
  const told: string[] = [];
  createInterface({ input: clients.stdout }).on('line', (line) => told.push(line));
  await sleep(2000);
  const hungUpBefore = await counted('http_requests_aborted_total');
  const startedAt = performance.now();
  for (const path of [liveness, '/api/v1/status/readiness']) {
    const all = await probes(path);
    report(`${CLIENTS} clients hang up: ${path}`, isWell(all), figures(all));
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const hungUp = (await counted('http_requests_aborted_total')) - hungUpBefore;
  const left = once(clients, 'exit');
  clients.kill();
  await left;
  await sleep(EXPORT_MS);
  const { there, gone, never } = askedFor(told);
  report(
    'of those who had hung up less than one in ten cost a query',
    never > 0 && gone < (gone + never) / 10,
    `${Math.round(hungUp / seconds)} a second hung up; of a tenth ${gone} cost one, ${never} none, for ${there} it came before`,
  );

  const submissions = Array.from({ length: SUBMISSIONS }, (_, n) => submission(n));
  const asked = performance.now();
  const answers = await Promise.all(submissions.map(send));
  const refused = answers.filter(({ status }) => status === 503);
  const stored = answers.filter(({ status }) => status === 201);
  const slowest = (of: { ms: number }[]) =>
    `${of.length} in ${Math.round(Math.max(...of.map(({ ms }) => ms)))} ms`;
  report(
    `${SUBMISSIONS} of ${SUBMISSION_BYTES / 1e6} MB at once: no 504`,
    stored.length > 0 && stored.length + refused.length === answers.length,
    `201: ${slowest(stored)}, 503: ${slowest(refused)}`,
  );
  report(
    'what does not fit is refused before the others are assessed',
    refused.every(({ hasRetryAfter, ms }) => hasRetryAfter && stored.every((one) => ms < one.ms)),
    `${Math.round(performance.now() - asked)} ms in all`,
  );
} finally {
  await cleanup.disposeAsync();
}
process.exitCode = broken() === 0 ? 0 : 1;
