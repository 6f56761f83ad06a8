/**
 * `node --expose-gc --import ./telemetry/start.ts test/bench/cache.ts [rounds]`: hits a second from the process and from
 * Redis, and what 10,000 who ask for one missing key cost, ours against the popular caches, in turns
 * within one run, on the same real Redis. Machines are noisy: only the ratios mean something. Ends with 1
 * when a peer is ahead.
 */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { createCache } from '../../src/resilience/cache/create-cache.ts';
import type { CacheEvents, Clock } from '../../src/resilience/cache/cache.ts';
import { cacheEvents } from '../../src/resilience/cache/metrics.ts';
import { createRedisBus } from '../../src/resilience/cache/redis/redis-bus.ts';
import { createRedisTier } from '../../src/resilience/cache/redis/redis-tier.ts';
import { createRedis } from '../../src/storage/redis/connection.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { median } from './percentile.ts';

const rounds = Number(process.argv[2] ?? 7);
const KEYS = 4000;
const HITS = 100_000;
const IN_FLIGHT = 64;
const STAMPEDE = 10_000;

/** As large as the statistics of a candidate. */
const value = {
  total: 12,
  mean: 71.5,
  path_averages: { technical: 70, design: 60, collaboration: 80, problem_solving: 75 },
  trend: { direction: 'improving', slope: 1.5 },
};
const schema = z.object({
  total: z.number(),
  mean: z.number(),
  path_averages: z.record(z.string(), z.number()),
  trend: z.object({ direction: z.string(), slope: z.number() }),
});
type Load = () => Promise<typeof value>;

interface Contestant {
  /** From the process, else from Redis, else by the load. */
  get: (key: string, load: Load) => Promise<unknown>;
  close: () => Promise<unknown>;
}
type Maker = () => Promise<Contestant>;

const clock: Clock = {
  nowMs: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};
const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet } as unknown as Logger;

const server = await startRedisServer();

const noEvents: CacheEvents = {
  defined: quiet,
  lookedUp: quiet,
  loaded: quiet,
  coalesced: quiet,
  operated: quiet,
  evicted: quiet,
  invalidated: quiet,
  writeRejected: quiet,
  busGap: quiet,
  busConnected: quiet,
};

/** With generations, bus and validation on; peers keep no metrics. */
async function ours(events: CacheEvents): Promise<Contestant> {
  const options = { url: server.url, commandTimeoutMs: 5000 };
  const [commands, subscriber] = [createRedis(options), createRedis(options)];
  await until(() => commands.ping(500));
  const cache = createCache({
    enabled: true,
    maxBytes: 67_108_864,
    shared: {
      tier: createRedisTier({
        client: commands.client,
        guard: (work) => work(),
        newToken: randomUUID,
      }),
      bus: createRedisBus({ client: subscriber.client }),
    },
    events,
    clock,
    random: Math.random,
    newToken: randomUUID,
  });
  cache.start();
  await until(() => cache.getCacheStats().bus_connected);
  const named = cache.define({ name: 'candidate_stats', schema, ttlSeconds: 300 });
  return {
    get: (key, load) => named.get([key], load, { tags: ['bench'] }),
    async close() {
      await cache.close();
      await Promise.all([commands.close(), subscriber.close()]);
    },
  };
}

// A name that the compiler does not follow: the peers' packages are not among ours.
const peersFile = new URL('cache-peers.mjs', import.meta.url).href;
const { makers } = (await import(peersFile)) as {
  makers: (redis: { url: string; ioredis: () => Redis }) => Record<string, Maker>;
};
const contestants: Record<string, Maker> = {
  ours: () => ours(noEvents),
  'with metrics': () => ours(cacheEvents({ log })),
  ...makers({ url: server.url, ioredis: () => new Redis(server.url) }),
};

const load: Load = () => Promise.resolve(value);
const keys = Array.from({ length: KEYS }, (_, i) => `candidate_${i}`);

/** Seconds for so many calls, so many at a time. */
async function seconds(calls: number, call: (index: number) => Promise<unknown>): Promise<number> {
  let next = 0;
  const started = performance.now();
  const worker = async () => {
    while (next < calls) await call(next++);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return (performance.now() - started) / 1000;
}

interface Figures {
  /** Higher is better: a second. */
  here: number[];
  there: number[];
  /** Lower is better: milliseconds. */
  stampede: number[];
  loads: number[];
}

async function round(name: string, make: Maker, figures: Figures, number: number): Promise<void> {
  const cache = await make();
  const ask = (index: number) => cache.get(keys[index % KEYS] ?? '', load);
  figures.there.push(KEYS / (await seconds(KEYS, ask)));
  figures.here.push(HITS / (await seconds(HITS, ask)));
  let loads = 0;
  const slow: Load = async () => {
    loads += 1;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return value;
  };
  const started = performance.now();
  const asked = Array.from({ length: STAMPEDE }, () => cache.get(`cold_${name}_${number}`, slow));
  await Promise.all(asked);
  figures.stampede.push(performance.now() - started);
  figures.loads.push(loads);
  await cache.close();
}

const results = new Map<string, Figures>();
for (const [name, make] of Object.entries(contestants)) {
  results.set(name, { here: [], there: [], stampede: [], loads: [] });
  const filling = await make();
  await seconds(KEYS, (index) => filling.get(keys[index] ?? '', load));
  await filling.close();
}
const order = Object.entries(contestants);
for (let number = 0; number < rounds; number++) {
  // Nobody is always first, or pays for another's garbage.
  order.push(...order.splice(0, 1));
  for (const [name, make] of order) {
    const figures = results.get(name);
    globalThis.gc?.();
    if (figures !== undefined) await round(name, make, figures, number);
  }
}
await server.stop();

const print = (...cells: (string | number)[]) =>
  process.stdout.write(`${cells.map((cell) => String(cell).padStart(16)).join('')}\n`);
const own = results.get('ours');
let behind = 0;
print('', 'process hits/s', 'Redis hits/s', 'stampede ms', 'loads', 'ratios of ours');
for (const [name, { here, there, stampede, loads }] of results) {
  const figures = [median(here), median(there), median(stampede)].map(Math.round);
  const ratios = [
    median(own?.here ?? []) / median(here),
    median(own?.there ?? []) / median(there),
    median(stampede) / median(own?.stampede ?? []),
  ];
  if (name !== 'ours' && name !== 'with metrics' && ratios.some((ratio) => ratio < 1)) behind += 1;
  print(name, ...figures, median(loads), ratios.map((ratio) => ratio.toFixed(1)).join(' '));
}
process.exit(behind === 0 ? 0 : 1);
