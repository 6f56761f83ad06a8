/**
 * A PostgreSQL whose processes are suspended (SIGSTOP): connections stay open, new ones are taken by the
 * kernel, and nobody answers. Without load and with two clients:
 * `node --import ./telemetry/start.ts test/chaos/frozen-postgres.ts [rounds] [seconds frozen]`.
 * Prints a line for each promise and exits with 1 when one is broken. Needs Linux (/proc).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '#test/support/until.ts';
import { openPromises } from './promises.ts';
import { ownService } from '#test/support/own-service.ts';

const rounds = Number(process.argv[2] ?? 5);
const frozenMs = Number(process.argv[3] ?? 8) * 1000;
/** Readiness must say so within this time; a process that is busy itself gets one probe more. */
const UNREADY_MS = 3000;
const LOOK_MS = 50;

const cleanup = new AsyncDisposableStack();
const { report, broken } = openPromises(58);

const service = await ownService(cleanup, {
  REQUEST_TIMEOUT: '30s',
  CACHE_ENABLED: 'false',
});

/** The server and all that it started. */
function postgresProcesses(): number[] {
  const [first = ''] = readFileSync(
    join(service.dataDir, 'postgres', 'postmaster.pid'),
    'utf8',
  ).split('\n');
  const postmaster = Number(first);
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => parentOf(pid) === postmaster);
  return [postmaster, ...children.map(Number)];
}
function parentOf(pid: string): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined; // It has ended.
  }
}
/** Those that come meanwhile cannot: their parent is stopped. @returns wakes them */
function freeze(): () => void {
  const stopped = postgresProcesses();
  for (const pid of stopped) process.kill(pid, 'SIGSTOP');
  return () => stopped.forEach((pid) => process.kill(pid, 'SIGCONT'));
}

interface Answer {
  status: number;
  ms: number;
  hasRetryAfter: boolean;
}
async function ask(path: string): Promise<Answer> {
  const start = performance.now();
  const response = await fetch(`${service.apiUrl}${path}`);
  await response.arrayBuffer();
  const hasRetryAfter = response.headers.has('Retry-After');
  return { status: response.status, ms: performance.now() - start, hasRetryAfter };
}
const isReady = async () => (await ask('/api/v1/status/readiness')).status === 200;
const list = () => ask('/api/v1/candidates');

interface Round {
  /** From the freeze until readiness was lost, and from the thaw until all was well. */
  unreadyMs: number;
  readyMs: number;
  answers: Answer[];
  afterwards: number[];
}
async function round(clients: number): Promise<Round> {
  await until(isReady);
  const answers: Answer[] = [];
  const stop = new AbortController();
  const load = Array.from({ length: clients }, async () => {
    while (!stop.signal.aborted) {
      answers.push(await list());
      await sleep(LOOK_MS);
    }
  });
  await sleep(500);
  answers.length = 0;
  const thaw = freeze();
  const from = performance.now();
  let unreadyMs = Infinity;
  try {
    while (performance.now() - from < frozenMs) {
      if (unreadyMs === Infinity && !(await isReady())) unreadyMs = performance.now() - from;
      await sleep(LOOK_MS);
    }
  } finally {
    thaw();
  }
  const thawed = performance.now();
  const found = answers.slice();
  await until(isReady);
  const readyMs = performance.now() - thawed;
  await until(async () => (await list()).status === 200);
  stop.abort();
  await Promise.all(load);
  const afterwards = [];
  for (let i = 0; i < 20; i += 1) afterwards.push((await list()).status);
  return { unreadyMs, readyMs, answers: found, afterwards };
}

const worst = (numbers: readonly number[]) => `at most ${Math.round(Math.max(0, ...numbers))} ms`;

try {
  for (const clients of [0, 1, 2]) {
    const seen: Round[] = [];
    for (let i = 0; i < rounds; i += 1) seen.push(await round(clients));
    const what = clients === 0 ? 'without load' : `${clients} client${clients === 1 ? '' : 's'}`;
    const unready = seen.map(({ unreadyMs }) => unreadyMs);
    report(
      `${what}: no longer ready within ${UNREADY_MS / 1000} s, ${rounds} times`,
      unready.every((ms) => ms <= UNREADY_MS + LOOK_MS),
      worst(unready),
    );
    const answers = seen.flatMap((one) => one.answers);
    const failed = answers.filter(({ status }) => status !== 200);
    if (clients > 0) {
      report(
        `${what}: nothing but 503 with Retry-After while frozen`,
        failed.length > 0 && failed.every((one) => one.status === 503 && one.hasRetryAfter),
        `${failed.length} refused`,
      );
      report(
        `${what}: no request waits longer than that`,
        answers.every(({ ms }) => ms <= UNREADY_MS + LOOK_MS),
        worst(answers.map(({ ms }) => ms)),
      );
    }
    report(
      `${what}: all is well once it is back`,
      seen.every(({ afterwards }) => afterwards.every((status) => status === 200)),
      `ready after ${worst(seen.map(({ readyMs }) => readyMs))}`,
    );
  }
} finally {
  await cleanup.disposeAsync();
}
process.exitCode = broken() === 0 ? 0 : 1;
