/**
 * `node test/chaos/cache.ts`: the long forms of what test/resilience/cache shows in short. Three processes, a
 * real Redis, faults between them; prints a line of figures for each promise and ends with 1 when one is broken.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createRedis } from '../../src/storage/redis/connection.ts';
import { STALENESS_MS } from '../../src/resilience/cache/freshness.ts';
import { startCacheProcess } from '../resilience/cache/processes.ts';
import { localCache, redisNode } from '../resilience/cache/rig.ts';
import { startFaultProxy, type Fault } from '../support/fault-proxy.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { openPromises } from './promises.ts';

const [, , scaleText = '1'] = process.argv;
/** Below 1: a shorter run. */
const scale = Number(scaleText);
const { report, broken } = openPromises(52);

const server = await startRedisServer();
const proxy = await startFaultProxy({ port: server.port });
const redis = createRedis({ url: server.url, commandTimeoutMs: 5000 });
await until(() => redis.ping(500));
const loads = async (key: string) => Number(await redis.client.get(`loads:${key}`));
const straight = { port: server.port, password: server.password };

process.on('unhandledRejection', (error) => {
  report('no unhandled rejection', false, String(error));
});

await stampedes();
await killedHolders();
await cutBus();
await flushes();
await faults();
await sizes();
await names();
await redis.close();
await proxy.close();
await server.stop();
process.exit(broken() === 0 ? 0 : 1);

async function stampedes(): Promise<void> {
  const processes = await Promise.all([1, 2, 3].map(() => startCacheProcess(straight)));
  const rounds = Math.ceil(20 * scale);
  for (const fails of [false, true]) {
    let most = 0;
    for (let round = 0; round < rounds; round++) {
      const key = `stampede-${fails}-${round}`;
      const order = { do: 'ask', key, times: 3334, loadMs: 200, fails } as const;
      await Promise.all(processes.map((one) => one.tell(order)));
      most = Math.max(most, await loads(key));
    }
    const name = `10,000 in three processes, one ${fails ? 'failing ' : ''}load`;
    report(name, most === 1, `${rounds} rounds, at most ${most} loads`);
  }
  await Promise.all(processes.map((one) => one.stop()));
}

async function killedHolders(): Promise<void> {
  const survivors = await Promise.all([1, 2].map(() => startCacheProcess(straight)));
  const rounds = Math.ceil(10 * scale);
  let [longest, most] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const key = `killed-${round}`;
    const loading = await startCacheProcess(straight);
    void loading.tell({ do: 'ask', key, loadMs: 60_000 });
    await until(async () => (await loads(key)) === 1);
    const order = { do: 'ask', key, times: 1000, loadMs: 20 } as const;
    const asked = Promise.all(survivors.map((one) => one.tell(order)));
    const started = performance.now();
    await loading.kill();
    await asked;
    longest = Math.max(longest, performance.now() - started);
    most = Math.max(most, await loads(key));
  }
  await Promise.all(survivors.map((one) => one.stop()));
  const figures = `${rounds} kills, others waited ${Math.round(longest)} ms, ${most} loads`;
  report(
    'the holder of a lease is killed, the others go on',
    longest < 4000 && most === 2,
    figures,
  );
}

/** What the second process serves after the first has invalidated, while its ear is cut in three ways. */
async function cutBus(): Promise<void> {
  for (const kind of ['refuse', 'black-hole'] as const) {
    await redis.client.flushall();
    const busProxy = await startFaultProxy({ port: server.port });
    const writer = await redisNode(straight);
    const deaf = await redisNode({ ...straight, busPort: busProxy.port });
    const spec = { name: 'numbers', schema: z.number(), ttlSeconds: 600 };
    const numbers = [writer, deaf].map(({ cache }) => cache.define<number>(spec));
    let committed = 0;
    const read = async (index: number) =>
      (await numbers[index]?.get(['a'], () => Promise.resolve(committed), { tags: ['t'] }))
        ?.value ?? -1;
    await read(1);
    await busProxy.set({ kind });
    const committedAt = [performance.now()];
    let oldest = 0;
    const end = performance.now() + 10_000 * scale + 2000;
    while (performance.now() < end) {
      if (performance.now() - (committedAt.at(-1) ?? 0) > 500) {
        committed += 1;
        await writer.cache.invalidate({ tags: ['t'] });
        committedAt.push(performance.now());
      }
      const seen = await read(1);
      const overtakenAt = committedAt[seen + 1];
      if (overtakenAt !== undefined) oldest = Math.max(oldest, performance.now() - overtakenAt);
      await sleep(5);
    }
    await busProxy.set({ kind: 'pass' });
    await writer.close();
    await deaf.close();
    await busProxy.close();
    const figures = `${committed} writes, served at most ${Math.round(oldest)} ms after`;
    report(`the bus is cut (${kind})`, oldest < STALENESS_MS, figures);
  }
}

async function flushes(): Promise<void> {
  const node = await redisNode(straight);
  const spec = { name: 'numbers', schema: z.number(), ttlSeconds: 600 };
  const numbers = node.cache.define<number>(spec);
  const rounds = Math.ceil(200 * scale);
  let stale = 0;
  for (let round = 0; round < rounds; round++) {
    const gate = Promise.withResolvers<number>();
    const early = numbers.get([round], () => gate.promise, { tags: ['t'] });
    await until(async () => (await redis.client.keys('*:lease:*')).length > 0);
    if (round % 2 === 0) await redis.client.flushall();
    else await redis.client.del(...(await redis.client.keys('*:generation:*')));
    gate.resolve(1);
    await early;
    if ((await redis.client.keys('*:entry:*')).length > 0) stale += 1;
    await redis.client.flushall();
  }
  await node.close();
  report(
    'Redis forgets during a load',
    stale === 0,
    `${rounds} rounds, ${stale} old values stored`,
  );
}

async function faults(): Promise<void> {
  const kinds: Fault[] = [
    { kind: 'refuse' },
    { kind: 'black-hole' },
    { kind: 'delay', ms: 200 },
    { kind: 'reset-reply' },
  ];
  const node = await redisNode({ ...straight, port: proxy.port }, { commandTimeoutMs: 50 });
  const spec = { name: 'numbers', schema: z.number(), ttlSeconds: 600 };
  const numbers = node.cache.define<number>(spec);
  for (const fault of [...kinds, { kind: 'pass' } as const]) {
    let [running, most, slowest, failed] = [0, 0, 0, 0];
    const load = async () => {
      running += 1;
      most = Math.max(most, running);
      await sleep(2);
      running -= 1;
      return 1;
    };
    // Connected again, whatever the last fault left.
    await proxy.set({ kind: 'pass' });
    await until(() => node.cache.getCacheStats().bus_connected);
    await sleep(1500);
    await proxy.set(fault);
    for (let round = 0; round < Math.ceil(20 * scale); round++) {
      // Flapping: on and off within a round.
      if (round % 5 === 4) await proxy.set({ kind: 'pass' });
      if (round % 5 === 0) await proxy.set(fault);
      const keys = Array.from({ length: 100 }, (_, i) => `${fault.kind} ${round} ${i}`);
      const ask = async (key: string) => {
        const started = performance.now();
        await numbers.get([key], load).catch(() => (failed += 1));
        slowest = Math.max(slowest, performance.now() - started);
      };
      await Promise.all(keys.map(ask));
    }
    const figures = `slowest ${Math.round(slowest)} ms, ${most} loads at once, ${failed} failed`;
    report(`Redis: ${fault.kind}`, failed === 0 && slowest < 4000, figures);
  }
  await proxy.set({ kind: 'pass' });
  await node.close();
}

async function sizes(): Promise<void> {
  const maxBytes = 32_000_000;
  const cache = localCache({ maxBytes });
  const texts = cache.define<string>({ name: 'texts', ttlSeconds: 600 });
  const rounds = Math.ceil(1_000_000 * scale);
  let most = 0;
  for (let round = 0; round < rounds; round++) {
    const length = Math.floor(10 ** (5 * Math.random()) / 10);
    await texts.get([round], () => Promise.resolve('x'.repeat(length)), { tags: [`t${round}`] });
    if (round % 100 === 0) most = Math.max(most, cache.getCacheStats().memory_usage_estimate);
  }
  const { cached_entries: entries } = cache.getCacheStats();
  const figures = `${rounds} values, ${entries} kept, at most ${most} of ${maxBytes} bytes`;
  report('bytes are bounded', most <= maxBytes && entries > 100, figures);
}

/** Tags, failures and negatives that are each used once must leave nothing behind. */
async function names(): Promise<void> {
  const cache = localCache({ maxBytes: 2_000_000 });
  const numbers = cache.define<number>({
    name: 'numbers',
    ttlSeconds: 600,
    negativeTtlSeconds: 600,
  });
  const use = async (from: number, count: number) => {
    for (let i = from; i < from + count; i++) {
      await numbers.get([i], () => Promise.resolve(i), { tags: [`tag ${i}`] });
      await numbers.get([-i], () => Promise.resolve(undefined), { tags: [`tag ${i}`] });
      await numbers.get([`f${i}`], () => Promise.reject(new Error('no'))).catch(() => undefined);
      await cache.invalidate({ tags: [`never ${i}`], keys: [numbers.keyOf([`n${i}`])] });
    }
  };
  const count = Math.ceil(100_000 * scale);
  await use(0, count);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  await use(count, 2 * count);
  globalThis.gc?.();
  const grown = (process.memoryUsage().heapUsed - before) / 1e6;
  const figures = `${3 * count} tags and keys, ${grown.toFixed(1)} MB more after the last two thirds`;
  report('names leave nothing behind', globalThis.gc === undefined || grown < 5, figures);
}
