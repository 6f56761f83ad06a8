/** The limiter as it is wired: a real Redis, the real breaker, the real deadline of 50 ms. */
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import type { Decision } from '#src/resilience/rate-limit/decision.ts';
import { startFaultProxy, type FaultProxy } from '#test/support/fault-proxy.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { until } from '#test/support/until.ts';
import { burnCores, coldRound } from './cold-rounds.ts';
import { wiredLimiter } from './real-limiter.ts';
import { policy, subjectsOf } from './subjects.ts';

/** One callback that takes so long. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
const turn = () => new Promise((resolve) => setImmediate(resolve));
const admitted = (list: Decision[]) => list.filter((d) => d.outcome === 'admitted').length;
const sixty = [
  policy({ quota: 60, windowMs: 60_000 }),
  policy({ name: 'hour', quota: 1000, windowMs: 3_600_000 }),
];

describe('the limiter as it is wired', () => {
  let server: RedisServer;
  let proxy: FaultProxy;
  let parts: Awaited<ReturnType<typeof wiredLimiter>>;
  let number = 0;
  const subject = (instances = 1) => subjectsOf(sixty, { instances })((number += 1));

  before(async () => {
    server = await startRedisServer();
    proxy = await startFaultProxy({ port: server.port });
  });
  after(async () => {
    await proxy.close();
    await server.stop();
  });
  beforeEach(async () => {
    await proxy.set({ kind: 'pass' });
    parts = await wiredLimiter(`redis://:${server.password}@127.0.0.1:${proxy.port}/0`);
  });
  afterEach(async () => {
    await proxy.set({ kind: 'pass' });
    await parts.close();
  });

  it('makes 100 calls in one long turn, and all of them are successes', async () => {
    const calls = Array.from({ length: 100 }, () => {
      const call = parts.breaker.execute(() => parts.client.ping());
      work(5);
      return call;
    });
    assert.deepEqual(await Promise.all(calls), Array<string>(100).fill('PONG'));
    assert.equal(parts.breaker.status().state, 'closed');
  });

  it('asks Redis for every request of a burst, though each turn takes longer than the deadline', async () => {
    const one = subject();
    const decisions: Promise<Decision>[] = [];
    for (let i = 0; i < 12; i += 1) {
      for (let n = 0; n < 12; n += 1) decisions.push(Promise.resolve(parts.limiter.decide(one, 1)));
      work(80);
      await turn();
    }
    const ends = await Promise.all(decisions);
    assert.deepEqual(parts.failures, []);
    assert.equal(admitted(ends), 60);
    assert.ok(ends.every(({ backend }) => backend === 'redis'));
    assert.equal(parts.breaker.status().state, 'closed');
  });

  it('decides a turn without an answer by itself, and the next one with Redis', async () => {
    const one = subject();
    await parts.limiter.decide(one, 1);
    await proxy.set({ kind: 'black-hole' });
    const silent = await Promise.all(
      Array.from({ length: 20 }, async () => parts.limiter.decide(one, 1)),
    );
    assert.ok(silent.every(({ backend }) => backend === 'memory'));
    assert.deepEqual([...new Set(parts.failures)], ['timeout']);
    assert.equal(parts.breaker.status().state, 'closed');
    await proxy.set({ kind: 'pass' });
    assert.equal((await parts.limiter.decide(one, 1)).backend, 'redis');
  });

  it('opens its breaker when it waited in vain twice, and closes it without any request', async () => {
    const one = subject();
    await proxy.set({ kind: 'black-hole' });
    await parts.limiter.decide(one, 1);
    await parts.limiter.decide(one, 1);
    assert.equal(parts.breaker.status().state, 'open');
    await proxy.set({ kind: 'pass' });
    await until(() => parts.breaker.status().state === 'closed');
  });

  for (const [instances, left] of [
    [1, 1],
    [2, 0],
  ] as const) {
    it(`admits ${left} more of a client at 59 of 60 when Redis goes, as one of ${instances}`, async () => {
      const one = subject(instances);
      const other = await wiredLimiter(server.url);
      for (let i = 0; i < 58; i += 1) await other.limiter.decide(one, 1);
      await other.close();
      const told = await parts.limiter.decide(one, 1);
      assert.deepEqual([told.backend, told.remaining], ['redis', 1]);
      await proxy.set({ kind: 'refuse' });
      await until(() => parts.client.status !== 'ready');
      const decisions = await Promise.all(
        Array.from({ length: 100 }, async () => parts.limiter.decide(one, 1)),
      );
      assert.equal(admitted(decisions), left);
      assert.ok(decisions.every(({ backend }) => backend === 'memory'));
    });
  }
});

describe('a cold fleet, all cores taken', () => {
  let server: RedisServer;
  let stop: () => Promise<void>;

  before(async () => {
    server = await startRedisServer();
    stop = burnCores(availableParallelism());
  });
  after(async () => {
    await stop();
    await server.stop();
  });

  // Each round starts its processes; `npm run chaos` plays many.
  for (const [rounds, processes] of [
    [4, 2],
    [1, 4],
  ] as const) {
    it(`admits exactly 60 of 200 first requests of ${processes} processes, ${rounds} times`, async () => {
      for (let round = 0; round < rounds; round += 1) {
        const result = await coldRound(server, { processes, requests: 200 / processes });
        assert.deepEqual(result, { redis: 60, memory: 0, failures: [] });
      }
    });
  }

  it('admits no more than each process’s share when Redis is gone, and says so', async () => {
    const result = await coldRound(server, { processes: 2, requests: 100 }, () =>
      server.signal('SIGKILL'),
    );
    assert.deepEqual([result.redis, result.memory], [0, 60]);
    assert.ok(result.failures.length > 0);
    await server.kill();
    await server.start();
  });
});
