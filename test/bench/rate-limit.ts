/**
 * `node --import ./telemetry/start.ts test/bench/rate-limit.ts [rounds]`: decisions a second with two
 * windows enforced, ours against the popular limiters, in turns within one run, on the same real Redis and in
 * memory. Machines are noisy: only the ratios mean something. Peers need two limiters for two
 * windows, and so two round trips; they use fixed windows, which admit up to twice the quota.
 */
import { createRequire } from 'node:module';
import { Redis } from 'ioredis';
import { createMemoryStore } from '../../src/resilience/rate-limit/memory-store.ts';
import { observeRateLimiter, rateLimitEvents } from '../../src/resilience/rate-limit/metrics.ts';
import { addressPolicies } from '../../src/resilience/rate-limit/policy.ts';
import { createRateLimiter } from '../../src/resilience/rate-limit/rate-limiter.ts';
import { createRedisStore } from '../../src/resilience/rate-limit/redis-store.ts';
import { createSubjects, type Subject } from '../../src/resilience/rate-limit/subject.ts';
import { createRedis } from '../../src/storage/redis.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { Writable } from 'node:stream';
import { median } from './load.ts';

const [, , roundsText = '7'] = process.argv;
const rounds = Number(roundsText);
const SUBJECTS = 1000;
const IN_FLIGHT = 64;
const quota = { perMinute: 1_000_000, perHour: 10_000_000 };
const minute = 60_000;
const hour = 3_600_000;

type Decide = (subject: number) => unknown;
const peer = createRequire(import.meta.url) as (name: string) => Record<string, unknown>;

interface Consumer {
  consume: (key: string) => Promise<unknown>;
}
interface Increment {
  increment: (key: string) => Promise<unknown>;
  init: (options: object) => void;
}
interface Fastify {
  incr: (key: string, done: (error: unknown) => void, windowMs: number, max: number) => void;
}
type Class<T> = new (...args: unknown[]) => T;

const server = await startRedisServer();
const theirs = new Redis(server.url);
const own = createRedis({ url: server.url, name: 'bench', commandTimeoutMs: 1000 });
await new Promise((resolve) => own.client.once('ready', resolve));
const addresses = Array.from({ length: SUBJECTS }, (_, i) => `198.18.${i >> 8}.${i & 255}`);
const key = (n: number) => addresses[n] as string;

function ours(redis: boolean): Decide {
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
  const log = createLogger({
    level: 'info',
    serviceVersion: '0',
    environment: 'bench',
    stream: sink,
  });
  const policies = addressPolicies({ ...quota, mode: 'enforce', instances: 1 });
  const subjects = createSubjects({ secret: 'bench', policies, trustedProxies: [] });
  const memory = createMemoryStore({ onOverflow: () => {} });
  const guardSignal = new AbortController().signal;
  const limiter = createRateLimiter({
    memory,
    redis: redis ? createRedisStore({ client: own.client }) : null,
    guard: (work) => work(guardSignal),
    events: rateLimitEvents({ log, monotonicMs: () => performance.now() }),
    monotonicMs: () => performance.now(),
  });
  observeRateLimiter({ limiter, memory, subjects });
  return (n) => limiter.decide(subjects.ofAddress(key(n)) as Subject, 1);
}

function flexible(redis: boolean): Decide {
  const library = peer('rate-limiter-flexible');
  const Limiter = library[redis ? 'RateLimiterRedis' : 'RateLimiterMemory'] as Class<Consumer>;
  const of = (points: number, duration: number) =>
    new Limiter({ storeClient: theirs, keyPrefix: `flexible${duration}`, points, duration });
  const [a, b] = [of(quota.perMinute, 60), of(quota.perHour, 3600)];
  return async (n) => {
    await a.consume(key(n));
    await b.consume(key(n));
  };
}

function express(redis: boolean): Decide {
  const Memory = peer('express-rate-limit')['MemoryStore'] as Class<Increment>;
  const RedisStore = peer('rate-limit-redis')['RedisStore'] as Class<Increment>;
  const sendCommand = (command: string, ...args: string[]) => theirs.call(command, ...args);
  const of = (windowMs: number) => {
    const prefix = `express${windowMs}:`;
    const store = redis ? new RedisStore({ sendCommand, prefix }) : new Memory();
    store.init({ windowMs });
    return store;
  };
  const [a, b] = [of(minute), of(hour)];
  return async (n) => {
    await a.increment(key(n));
    await b.increment(key(n));
  };
}

function fastify(redis: boolean): Decide {
  const name = redis ? 'RedisStore' : 'LocalStore';
  const Store = peer(`@fastify/rate-limit/store/${name}.js`) as unknown as Class<Fastify>;
  const of = (prefix: string) =>
    redis ? new Store(false, false, theirs, prefix) : new Store(false, false, SUBJECTS * 2);
  const [a, b] = [of('fastify-minute:'), of('fastify-hour:')];
  const incr = (store: Fastify, n: number, windowMs: number, max: number) =>
    new Promise<void>((resolve, reject) => {
      const done = (error: unknown) => (error === null ? resolve() : reject(error));
      store.incr(key(n), done, windowMs, max);
    });
  return async (n) => {
    await incr(a, n, minute, quota.perMinute);
    await incr(b, n, hour, quota.perHour);
  };
}

/** Decisions a second, so many of them under way at a time. */
async function speed(decide: Decide, count: number): Promise<number> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const answer = decide((next++ * 7919) % SUBJECTS);
      if (answer instanceof Promise) await answer;
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return (count / (performance.now() - start)) * 1000;
}

async function compare(title: string, redis: boolean, count: number): Promise<boolean> {
  const contestants: [string, Decide][] = [
    ['ours', ours(redis)],
    ['rate-limiter-flexible', flexible(redis)],
    ['express-rate-limit', express(redis)],
    ['@fastify/rate-limit', fastify(redis)],
  ];
  const speeds = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, decide] of contestants) {
      const result = await speed(decide, count);
      // The first round warms all up.
      if (round > 0) speeds.set(name, [...(speeds.get(name) ?? []), result]);
    }
  }
  const best = median(speeds.get('ours') ?? []);
  process.stdout.write(`${title}\n`);
  let fastest = true;
  for (const [name, results] of speeds) {
    const ratio = best / median(results);
    if (name !== 'ours' && ratio <= 1) fastest = false;
    const rate = `${Math.round(median(results)).toLocaleString('en')}/s`;
    process.stdout.write(
      `  ${name.padEnd(24)} ${rate.padStart(14)}   ours is ${ratio.toFixed(2)}×\n`,
    );
  }
  return fastest;
}

const inRedis = await compare('Redis, two windows', true, 10_000);
const inMemory = await compare('memory, two windows', false, 100_000);
theirs.disconnect();
await own.close();
await server.stop();
process.exitCode = inRedis && inMemory ? 0 : 1;
