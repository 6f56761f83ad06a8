/**
 * Event streams of jobs through HAProxy, whose services are killed and restarted meanwhile:
 * `node --import ./telemetry/start.ts test/chaos/job-streams.ts [items]`. Listeners of batches come back with
 * `Last-Event-ID` until they are told of the end. Prints a line for each promise and exits with 1 when one is broken.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { messagesOf } from '#test/support/event-stream.ts';
import { freePort } from '#test/support/free-port.ts';
import { startServiceProcess, type ServiceProcess } from '#test/support/service-process.ts';
import { ownHaproxy } from './own-haproxy.ts';
import { ownDatabase } from '#test/support/own-service.ts';
import { startWorker } from '#test/support/own-worker.ts';
import { openPromises } from './promises.ts';

/** Of each batch. */
const items = Number(process.argv[2] ?? 60);
const BATCHES = 4;
const LISTENERS_EACH = 4;
const DISTURB_MS = 4000;
/** Within which a listener hears something, milliseconds. */
const SILENCE_MS = 15_000;

const cleanup = new AsyncDisposableStack();
const { report, broken } = openPromises(66);
const database = await ownDatabase(cleanup, true);
const env = { APP_ENV: 'testing', DATABASE_URL: database.url, DATA_DIR: database.dataDir };
const ports = [await freePort(), await freePort()];
const begin = (port: number) =>
  startServiceProcess({ ...env, API_RUNS_JOBS: 'false', API_PORT: String(port) });

/** About a quarter of a second of work. */
const code = (n: number, item: number) =>
  Array.from({ length: 2500 }, (_, f) => `def f${f}(a):\n    return a + ${f}\n`).join('\n') +
  `# ${n} ${item}\n`;

interface Seen {
  ids: number[];
  events: string[];
  progress: number[];
  connections: number;
  /** Cut off, rather than ended. */
  cuts: number;
  longestSilenceMs: number;
}

/** One connection. @returns whether it was told of the end */
async function follow(url: string, seen: Seen): Promise<boolean> {
  const last = seen.ids.at(-1);
  const headers = last === undefined ? {} : { 'Last-Event-ID': String(last) };
  const answer = await fetch(url, { headers });
  if (!answer.ok) {
    await answer.body?.cancel();
    return false;
  }
  seen.connections += 1;
  let heardAt = performance.now();
  for await (const { id, event, data } of messagesOf(answer)) {
    seen.longestSilenceMs = Math.max(seen.longestSilenceMs, performance.now() - heardAt);
    heardAt = performance.now();
    if (event === undefined || id === undefined) continue;
    seen.ids.push(Number(id));
    seen.events.push(event);
    seen.progress.push((JSON.parse(data ?? '{}') as { progress: number }).progress);
    if (event === 'completed') return true;
  }
  return false;
}

async function listen(url: string): Promise<Seen> {
  const seen: Seen = {
    ids: [],
    events: [],
    progress: [],
    connections: 0,
    cuts: 0,
    longestSilenceMs: 0,
  };
  for (;;) {
    try {
      if (await follow(url, seen)) return seen;
    } catch {
      seen.cuts += 1;
    }
    await sleep(200);
  }
}

const isAscending = (values: readonly number[], step: number) =>
  values.every((value, at) => at === 0 || value >= (values[at - 1] ?? 0) + step);

try {
  const services: ServiceProcess[] = await Promise.all(ports.map(begin));
  cleanup.defer(async () => {
    await Promise.all(services.map((one) => one.stop()));
  });
  const worker = await startWorker({ ...env, MAX_CONCURRENT_ASSESSMENTS: '1' });
  cleanup.defer(() => void worker.kill('SIGKILL'));
  const url = await ownHaproxy(cleanup, database.dataDir, ports);

  const listeners: Promise<Seen>[] = [];
  for (let n = 0; n < BATCHES; n += 1) {
    const list = Array.from({ length: items }, (_, item) => ({
      candidate_id: `person-${n}`,
      content: { code: code(n, item) },
    }));
    const answer = await fetch(`${url}/api/v1/assessments/batch`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ items: list }),
    });
    const { status_url: path } = (await answer.json()) as { status_url: string };
    for (let one = 0; one < LISTENERS_EACH; one += 1)
      listeners.push(listen(`${url}${path}/events`));
  }

  const over = new AbortController();
  const disturbing = (async () => {
    let count = 0;
    for (; !over.signal.aborted; count += 1) {
      await sleep(DISTURB_MS);
      if (over.signal.aborted) break;
      const place = count % services.length;
      // One is killed, the next one drains.
      services[place]?.signal(count % 4 < 2 ? 'SIGKILL' : 'SIGTERM');
      await services[place]?.exited;
      services[place] = await begin(ports[place] ?? 0);
    }
    return count;
  })();
  const all = await Promise.all(listeners);
  over.abort();
  const disturbed = await disturbing;

  const sum = (of: (seen: Seen) => number) => all.reduce((total, seen) => total + of(seen), 0);
  report(
    'listeners told of the end, once',
    all.every(({ events }) => events.filter((event) => event === 'completed').length === 1),
    `${all.length}`,
  );
  report(
    'services killed or restarted, connections made, cut off',
    disturbed > 1 && sum(({ connections }) => connections) > all.length,
    `${disturbed}, ${sum(({ connections }) => connections)}, ${sum(({ cuts }) => cuts)}`,
  );
  const repeated = all.filter(({ ids }) => !isAscending(ids, 1)).length;
  report(
    'told of a change twice, or in another order',
    repeated === 0,
    `${repeated} of ${sum(({ ids }) => ids.length)} events`,
  );
  const backwards = all.filter(({ progress }) => !isAscending(progress, 0)).length;
  report('progress that goes back', backwards === 0, `${backwards}`);
  const silence = Math.max(...all.map(({ longestSilenceMs }) => longestSilenceMs));
  report(
    `longest silence of a connection, ms: at most ${SILENCE_MS}`,
    silence <= SILENCE_MS,
    silence.toFixed(0),
  );
} finally {
  await cleanup.disposeAsync();
}
process.exitCode = broken() > 0 ? 1 : 0;
