/**
 * The long form of what test/resilience/rate-limit asserts:
 * `node --import ./telemetry/start.ts --expose-gc test/chaos/rate-limit.ts [seconds a fault] [addresses]`.
 * Prints a table and exits with 1 when a promise is broken. Two minutes with the defaults.
 */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { createMemoryStore, memoryBudget } from '#src/resilience/rate-limit/memory-store.ts';
import { createRateLimiter } from '#src/resilience/rate-limit/rate-limiter.ts';
import { createRedisStore, type RedisStore } from '#src/resilience/rate-limit/redis-store.ts';
import { createSubjects, type Subject } from '#src/resilience/rate-limit/subject.ts';
import { rateLimitBreaker } from '#src/compose/breaker-policies.ts';
import { createCircuitBreakers } from '#src/resilience/circuit-breaker/circuit-breakers.ts';
import { startRunningClock } from '#src/resilience/circuit-breaker/running-clock.ts';
import { withinDeadline } from '#src/resilience/circuit-breaker/within-deadline.ts';
import { createRedis } from '#src/storage/redis/connection.ts';
import { startFaultProxy, type FaultProxy } from '#test/support/fault-proxy.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { burnCores, coldRound, type ColdRound } from '#test/resilience/rate-limit/cold-rounds.ts';
import {
  certainWindow,
  policy,
  subjectsOf,
  usual,
  type Admitted,
} from '#test/resilience/rate-limit/subjects.ts';
import { openPromises } from './promises.ts';

const [, , secondsText = '10', addressesText = '2000000'] = process.argv;
const faultMs = Number(secondsText) * 1000;
const addresses = Number(addressesText);
const run = promisify(execFile);
const now = () => performance.now();

const { report, broken } = openPromises(44);

const clock = startRunningClock(now);
const breakers = createCircuitBreakers({
  clock,
  now: () => new Date(),
  random: Math.random,
  events: {},
});

const quotas = [
  policy({ quota: 30, windowMs: 2000 }),
  policy({ name: 'hour', quota: 100, windowMs: 10_000 }),
];

async function wired(url: string) {
  const connection = createRedis({ url, name: 'chaos', commandTimeoutMs: 1000 });
  await new Promise((resolve) => connection.client.once('ready', resolve));
  const breaker = breakers.register(rateLimitBreaker());
  const limiter = createRateLimiter({
    memory: createMemoryStore({ onOverflow: () => {} }),
    redis: createRedisStore({ client: connection.client, onLost: () => limiter.connectionLost() }),
    guard: withinDeadline(breaker, 50),
    monotonicMs: now,
    events: { decided: () => {}, storeFailed: () => {}, degraded: () => {}, recovered: () => {} },
  });
  return { limiter, connection };
}

type Break = (
  proxy: FaultProxy,
  server: RedisServer,
  direct: Redis,
  signal: AbortSignal,
) => Promise<void>;

const faults: Record<string, Break> = {
  none: async () => {},
  refused: (proxy) => proxy.set({ kind: 'refuse' }),
  'black hole': (proxy) => proxy.set({ kind: 'black-hole' }),
  '500 ms late': (proxy) => proxy.set({ kind: 'delay', ms: 250 }),
  'replies dropped': async (proxy, _server, _direct, signal) => {
    while (!signal.aborted) {
      await proxy.set({ kind: 'reset-reply' });
      await sleep(40);
    }
  },
  'flapping every 300 ms': async (proxy, _server, _direct, signal) => {
    for (let up = false; !signal.aborted; up = !up) {
      await proxy.set({ kind: up ? 'pass' : 'refuse' });
      await sleep(300);
    }
  },
  'killed and restarted': async (_proxy, server, _direct, signal) => {
    while (!signal.aborted) {
      await server.kill();
      await sleep(700);
      await server.start();
      await sleep(700);
    }
  },
  'stopped and continued': async (_proxy, server, _direct, signal) => {
    while (!signal.aborted) {
      server.signal('SIGSTOP');
      await sleep(400);
      server.signal('SIGCONT');
      await sleep(400);
    }
  },
  'SCRIPT FLUSH': async (_proxy, _server, direct, signal) => {
    while (!signal.aborted) {
      await direct.script('FLUSH');
      await sleep(5);
    }
  },
  FLUSHALL: async (_proxy, _server, direct, signal) => {
    while (!signal.aborted) {
      await direct.flushall();
      await sleep(100);
    }
  },
  READONLY: async (_proxy, _server, direct) => {
    await direct.call('REPLICAOF', '127.0.0.1', '1');
  },
  'out of memory': async (_proxy, _server, direct) => {
    await direct.config('SET', 'maxmemory', '1');
  },
};

/** One client that asks ten times as often as it may, through one fault and its end. */
async function underFault(name: string, breakIt: Break, number: number): Promise<void> {
  const server = await startRedisServer();
  const proxy = await startFaultProxy({ port: server.port });
  const direct = new Redis(server.url);
  direct.on('error', () => {});
  const { limiter, connection } = await wired(
    `redis://:${server.password}@127.0.0.1:${proxy.port}/0`,
  );
  const subject = subjectsOf(quotas)(number);
  const log: Admitted[] = [];
  const times: number[] = [];
  let unavailable = 0;
  const ask = async () => {
    const at = now();
    const { outcome } = await limiter.decide(subject, 1);
    const until = now();
    times.push(until - at);
    if (outcome === 'admitted') log.push({ at, until });
    if (outcome === 'unavailable') unavailable += 1;
  };
  const drive = async (ms: number) => {
    const end = now() + ms;
    while (now() < end) {
      await Promise.all([ask(), ask(), ask()]);
      await sleep(10);
    }
  };
  await drive(1000);
  times.length = 0;
  const stop = new AbortController();
  const breaking = breakIt(proxy, server, direct, stop.signal);
  await drive(faultMs);
  stop.abort();
  await breaking;
  await proxy.set({ kind: 'pass' });
  await drive(2500);
  const worst = quotas.map(({ windowMs }) => certainWindow(log, windowMs));
  const held = quotas.every(({ quota }, i) => (worst[i] ?? 0) <= quota);
  const sorted = times.toSorted((a, b) => a - b);
  const at = (q: number) => (sorted[Math.floor(q * (sorted.length - 1))] ?? 0).toFixed(2);
  // A busy machine's timers are late.
  const prompt = Number(at(1)) < 150;
  // Who asks ten times too often gets what the windows allow: a tenth a second of 100 in ten.
  const served = log.length >= 60;
  report(
    `fault: ${name}`,
    held && prompt && served && unavailable === 0,
    `worst windows ${worst.join(' of 30, ')} of 100; admitted ${log.length} of ${times.length}; wait p50 ${at(0.5)} p99 ${at(0.99)} max ${at(1)} ms`,
  );
  direct.disconnect();
  await connection.close();
  await proxy.close();
  await server.stop();
}

/** Processes on their first requests, all cores taken: exact with Redis, their shares without it. */
async function coldFleet(processes: number, requests: number, rounds: number): Promise<void> {
  const server = await startRedisServer();
  const stop = burnCores(availableParallelism());
  const alive: ColdRound[] = [];
  for (let round = 0; round < rounds; round += 1) {
    alive.push(await coldRound(server, { processes, requests }));
  }
  const gone = await coldRound(server, { processes, requests }, () => server.signal('SIGKILL'));
  await stop();
  await server.stop();
  const exact = alive.filter(({ redis, memory }) => redis === 60 && memory === 0).length;
  report(
    `${processes} cold processes, ${processes * requests} requests`,
    exact === rounds && gone.redis === 0 && gone.memory <= 60,
    `exactly 60 by Redis in ${exact} of ${rounds} rounds; Redis gone: ${gone.memory} by memory, ${gone.failures.join(' ')}`,
  );
}

async function fleet(rounds: number): Promise<void> {
  const server = await startRedisServer();
  const direct = new Redis(server.url);
  const counts: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await direct.flushall();
    const script = ['--import', './telemetry/start.ts', 'test/resilience/rate-limit/replica.ts'];
    const replicas = [1, 2, 3].map(() =>
      run(process.execPath, [...script, server.url, '2000', '16']),
    );
    const admitted = (await Promise.all(replicas)).map(({ stdout }) => Number(stdout));
    counts.push(admitted.reduce((sum, n) => sum + n, 0));
  }
  report(
    'three processes, one Redis, 6,000 requests',
    counts.every((n) => n === 60),
    `admitted ${counts.join(', ')}`,
  );
  direct.disconnect();
  await server.stop();
}

const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

function memoryInUse(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** @param redis a store, or one that always fails, or none */
async function flood(title: string, redis: RedisStore | null): Promise<void> {
  const before = memoryInUse();
  let overflows = 0;
  const subjects = createSubjects({ secret: 'chaos', policies: usual, trustedProxies: [] });
  const memory = createMemoryStore({ onOverflow: () => (overflows += 1) });

  const limiter = createRateLimiter({
    memory,
    redis,
    guard: (work) => work(),
    monotonicMs: now,
    events: { decided: () => {}, storeFailed: () => {}, degraded: () => {}, recovered: () => {} },
  });
  const offender = subjects.ofAddress('192.0.2.66') as Subject;
  for (let i = 0; i < 61; i += 1) await limiter.decide(offender, 1);
  const start = now();
  let refused = 0;
  const batch: unknown[] = [];
  let still = 0;
  for (let n = 0; n < addresses; n += 1) {
    // A tenth of them are IPv6 networks, which take four windows each.
    const text = `10.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;
    const v6 = `2001:db8:${(n >>> 16).toString(16)}:${(n & 0xffff).toString(16)}::1`;
    const subject = subjects.ofAddress(n % 10 === 0 ? v6 : text) as Subject;
    batch.push(limiter.decide(subject, 1));
    if (batch.length < 200) continue;
    for (const { outcome } of (await Promise.all(batch)) as { outcome: string }[]) {
      if (outcome !== 'admitted') refused += 1;
    }
    batch.length = 0;
    if (now() - start < 55_000) {
      const { outcome } = await limiter.decide(offender, 1);
      if (outcome === 'admitted') still += 1;
    }
  }
  const seconds = (now() - start) / 1000;
  const grown = memoryInUse() - before;
  // The windows, and 10,000 remembered addresses and denials with their keys.
  const budget = memoryBudget() + 24 * 2 ** 20;
  report(
    title,
    grown <= budget && still === 0,
    `${megabytes(grown)} of ${megabytes(budget)}; ${overflows} shared a window, ${refused} refused; offender let in ${still}×; ${(addresses / seconds / 1000).toFixed(0)}k/s`,
  );
  void memory.size();
}

async function floods(): Promise<void> {
  const down: RedisStore = {
    take: () => Promise.reject(new Error('Connection is closed.')),
    reset: () => Promise.resolve(),
    resetAgeMs: () => Promise.resolve(null),
  };
  await flood(`${addresses} addresses, no Redis`, null);
  await flood(`${addresses} addresses, Redis down`, down);
  const server = await startRedisServer();
  const direct = new Redis(server.url);
  await direct.config('SET', 'maxmemory', '400mb');
  await direct.config('SET', 'maxmemory-policy', 'volatile-ttl');
  await flood(`${addresses} addresses, Redis up`, createRedisStore({ client: direct }));
  direct.disconnect();
  await server.stop();
}

await floods();
await fleet(5);
await coldFleet(2, 100, 10);
await coldFleet(8, 25, 5);
await coldFleet(3, 1700, 3);
let number = 0;
for (const [name, breakIt] of Object.entries(faults))
  await underFault(name, breakIt, (number += 1));
clock.stop();
process.stdout.write(broken() === 0 ? 'All promises kept.\n' : `${broken()} promises broken.\n`);
process.exitCode = broken() === 0 ? 0 : 1;
