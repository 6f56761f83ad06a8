/**
 * `node test/bench/peers.ts [seconds] [rounds]`: a guarded GET of this service against the same answer of what people
 * assemble (`assembled.mjs`) and of bare Koa, in turns within one run, by memory and by Redis; the figures are medians of
 * the share of bare Koa in the same round, and of the processor time a request, which other work on the machine moves
 * less. Exits with 1 where the best of the others is not left behind.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { makeTestDir } from '../support/database.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { requestsPerSecond } from './load.ts';
import { median } from './percentile.ts';
import { processorMs } from './processor-time.ts';
import { startBareKoa, startService, stopper } from './processes.ts';

const [, , secondsText = '2', roundsText = '5'] = process.argv;
const [seconds, rounds] = [Number(secondsText), Number(roundsText)];
const AHEAD = 1.2;

const paths = {
  'statistics of a candidate': '/candidates/bench/stats',
  'a fixed answer': '/errors',
};
const stacks = ['koa', 'fastify', 'express'] as const;
const cleanup = new AsyncDisposableStack();

async function startAssembled(
  stack: string,
  redisUrl: string,
  answers: string,
): Promise<Omit<Contestant, 'name'>> {
  const args = ['--import', './test/bench/assembled-telemetry.mjs', 'test/bench/assembled.mjs'];
  const child = spawn(process.execPath, [...args, stack, redisUrl], {
    // Its log goes where that of the service goes.
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env,
      ANSWERS: answers,
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
    },
  });
  cleanup.defer(stopper(child));
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: `http://127.0.0.1:${port.toString().trim()}/answer`, pid: child.pid ?? 0 };
}

interface Contestant {
  name: string;
  url: string;
  pid: number;
}

interface Measured {
  /** Of what bare Koa answers. */
  share: number;
  /** Microseconds of processor time a request. */
  cost: number;
}

/** Of the rounds after the first, which warms up. */
async function measure(bare: string, contestants: readonly Contestant[]): Promise<Measured[]> {
  const measured = contestants.map((): Measured[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    const koa = await requestsPerSecond({ url: bare, status: 200 }, seconds);
    for (const [index, { url, pid }] of contestants.entries()) {
      const before = processorMs(pid);
      const rate = await requestsPerSecond({ url, status: 200 }, seconds);
      const cost = (1000 * (processorMs(pid) - before)) / (rate * seconds);
      if (round > 0) measured[index]?.push({ share: rate / koa, cost });
    }
  }
  return measured.map((all) => ({
    share: median(all.map(({ share }) => share)),
    cost: median(all.map(({ cost }) => cost)),
  }));
}

let missed = 0;

async function compare(store: 'memory' | 'Redis'): Promise<void> {
  const dataDir = makeTestDir();
  cleanup.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  const redis = store === 'Redis' ? await startRedisServer() : undefined;
  cleanup.defer(() => redis?.stop());
  const service = await startService({
    DATA_DIR: dataDir,
    LOG_LEVEL: 'INFO',
    LOG_FORMAT: 'json',
    // The others answer from memory as long as they run.
    CACHE_TTL_SECONDS: '3600',
    ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
  });
  cleanup.defer(service.stop);
  const api = `${service.url}/api/v1`;
  await fetch(`${api}/candidates`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"candidate_id":"bench","initial_data":{}}',
  });
  const answers: { text: string; tagged: boolean }[] = [];
  for (const path of Object.values(paths)) {
    const answer = await fetch(api + path);
    answers.push({ text: await answer.text(), tagged: answer.headers.has('ETag') });
  }
  const assembled: Contestant[] = [];
  for (const name of stacks) {
    const started = await startAssembled(name, redis?.url ?? '', JSON.stringify(answers));
    assembled.push({ name, ...started });
  }
  for (const [n, [name, path]] of Object.entries(paths).entries()) {
    const bare = await startBareKoa(answers[n]?.text ?? '');
    const contestants = [
      { name: 'this service', url: api + path, pid: service.pid },
      ...assembled.map((one) => ({ ...one, url: `${one.url}/${n}` })),
    ];
    const [ours = { share: 0, cost: 0 }, ...others] = await measure(bare.url, contestants);
    await bare.stop();
    const ahead = ours.share / Math.max(...others.map(({ share }) => share));
    if (ahead < AHEAD) missed += 1;
    const told = others.map(({ share }, n) => `${stacks[n]} ${share.toFixed(2)}`).join(', ');
    const costs = [ours, ...others].map(({ cost }) => Math.round(cost)).join(', ');
    process.stdout.write(
      `${`${name}, ${store}`.padEnd(40)}${ours.share.toFixed(2)} of bare Koa; assembled ${told}; ${ahead.toFixed(2)} of the best (goal ${AHEAD}); ${costs} us a request${ahead < AHEAD ? '  MISSED' : ''}\n`,
    );
  }
}

try {
  for (const store of ['memory', 'Redis'] as const) await compare(store);
} finally {
  await cleanup.disposeAsync();
}
process.exitCode = missed > 0 ? 1 : 0;
