/**
 * `node --import ./telemetry/start.ts test/bench/rate-limit.ts [rounds]`: requests a second with two
 * windows enforced, ours against the popular limiters, in turns within one run, on the same real Redis and in
 * memory. Machines are noisy: only the ratios mean something.
 *
 * Two tables each. A whole request: from the client's address to the headers, ours with its breaker,
 * deadline, metrics and fallback limiter, the peers as their guides say (no metrics, no fallback). The store
 * alone: the same two windows by keys that are at hand. Peers need two limiters for two windows, and
 * so two round trips; they use fixed windows, which admit up to twice the quota, and their two windows
 * are not one decision.
 */
import { Redis } from 'ioredis';
import { unmatched, type RequestContext } from '../../src/http/request/context.ts';
import { CircuitBreaker } from '../../src/resilience/circuit-breaker/circuit-breaker.ts';
import { startRunningClock } from '../../src/resilience/circuit-breaker/running-clock.ts';
import { withinDeadline } from '../../src/resilience/circuit-breaker/within-deadline.ts';
import { createMemoryStore } from '../../src/resilience/rate-limit/memory-store.ts';
import { observeRateLimiter, rateLimitEvents } from '../../src/resilience/rate-limit/metrics.ts';
import { limitByAddress } from '../../src/resilience/rate-limit/middleware.ts';
import { addressPolicies } from '../../src/compose/limit-policies.ts';
import { createRateLimiter } from '../../src/resilience/rate-limit/rate-limiter.ts';
import { createRedisStore } from '../../src/resilience/rate-limit/redis-store.ts';
import { createSubjects, type Subject } from '../../src/resilience/rate-limit/subject.ts';
import { createRedis } from '../../src/storage/redis/connection.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { Writable } from 'node:stream';
import { median } from './percentile.ts';
import {
  quota,
  rateLimitPeers,
  response,
  SUBJECTS,
  type Contestant,
  type Serve,
} from './rate-limit-peers.ts';

const [, , roundsText = '7'] = process.argv;
const rounds = Number(roundsText);
const IN_FLIGHT = 64;

const server = await startRedisServer();
const theirs = new Redis(server.url);
const own = createRedis({ url: server.url, name: 'bench', commandTimeoutMs: 1000 });
await new Promise((resolve) => own.client.once('ready', resolve));
const addresses = Array.from({ length: SUBJECTS }, (_, i) => `198.18.${i >> 8}.${i & 255}`);
const key = (n: number) => addresses[n] as string;

function ours(redis: boolean): Contestant {
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
  const monotonicMs = () => performance.now();
  const breaker = new CircuitBreaker(
    { name: 'bench', dependency: 'redis' },
    {
      clock: startRunningClock(monotonicMs),
      now: () => new Date(),
      random: Math.random,
    },
  );
  const store = createRedisStore({ client: own.client });
  const events = rateLimitEvents({ log, monotonicMs });
  const limiter = createRateLimiter({
    memory,
    redis: redis ? store : null,
    guard: withinDeadline(breaker, 1000),
    events,
    monotonicMs,
  });
  observeRateLimiter({ limiter, memory, subjects });
  const limit = limitByAddress({
    limiter,
    subjects,
    authenticated: false,
    onRefused: events.refused,
    together: (_request, wait) => wait(),
  });
  const known = addresses.map((address) => subjects.ofAddress(address) as Subject);
  const next = () => Promise.resolve();
  return {
    name: 'ours',
    store: (n) => {
      const subject = known[n] as Subject;
      if (redis) return store.take(subject, 1, 1, true);
      return memory.take(subject, 1, subject.set.quotas, monotonicMs());
    },
    request: (n) => {
      const req = { socket: { remoteAddress: key(n) }, headers: {} };
      const ctx = { method: 'GET', req, res: response(), state: { route: '/', facts: unmatched } };
      return limit(ctx as unknown as RequestContext, next);
    },
  };
}

/** Decisions a second, so many of them under way at a time. */
async function speed(serve: Serve, count: number): Promise<number> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const answer = serve((next++ * 7919) % SUBJECTS);
      if (answer instanceof Promise) await answer;
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return (count / (performance.now() - start)) * 1000;
}

async function compare(
  title: string,
  contestants: Contestant[],
  what: 'store' | 'request',
  count: number,
): Promise<boolean> {
  const speeds = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const contestant of contestants) {
      const result = await speed(contestant[what], count);
      // The first round warms all up.
      const { name } = contestant;
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

const results: boolean[] = [];
for (const redis of [true, false]) {
  const contestants = [ours(redis), ...(await rateLimitPeers(redis, theirs, key))];
  const count = redis ? 10_000 : 100_000;
  const where = redis ? 'Redis' : 'memory';
  results.push(await compare(`${where}, a whole request`, contestants, 'request', count));
  results.push(await compare(`${where}, the store alone`, contestants, 'store', count));
}
theirs.disconnect();
await own.close();
await server.stop();
// Breakers and peers keep timers.
process.exit(results.every(Boolean) ? 0 : 1);
