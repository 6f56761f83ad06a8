/** The breaker of Redis in front of a real one, through a network that breaks. */
import assert from 'node:assert/strict';
import { rateLimitBreaker } from '#src/compose/breaker-policies.ts';
import { createCircuitBreakers } from '#src/resilience/circuit-breaker/circuit-breakers.ts';
import type { CircuitBreaker } from '#src/resilience/circuit-breaker/circuit-breaker.ts';
import type { StateChange } from '#src/resilience/circuit-breaker/circuit-breaker-events.ts';
import { startRunningClock } from '#src/resilience/circuit-breaker/running-clock.ts';
import { createRedis, type RedisConnection } from '#src/storage/redis/connection.ts';
import { startFaultProxy, type Fault, type FaultProxy } from '#test/support/fault-proxy.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { until } from '#test/support/until.ts';

describe('circuit breaker of Redis', () => {
  let server: RedisServer;
  let proxy: FaultProxy;
  let redis: RedisConnection;
  let breaker: CircuitBreaker;
  let changes: StateChange[];
  const clock = startRunningClock(() => performance.now());
  const now = () => new Date();
  const get = () => breaker.execute(() => redis.client.get('key'));
  const state = () => breaker.status().state;
  const kick = () => void get().catch(() => undefined);

  before(async function () {
    this.timeout(300_000);
    server = await startRedisServer();
  });
  after(async () => {
    clock.stop();
    await server.stop();
  });
  beforeEach(async () => {
    changes = [];
    proxy = await startFaultProxy({ port: server.port });
    const { password } = server;
    redis = createRedis({ host: '127.0.0.1', port: proxy.port, password, commandTimeoutMs: 400 });
    const events = { changed: (change: StateChange) => void changes.push(change) };
    breaker = createCircuitBreakers({ clock, now, random: Math.random, events }).register(
      rateLimitBreaker(400),
    );
    await until(() => redis.ping(500));
  });
  afterEach(async () => {
    await proxy.set({ kind: 'pass' });
    await redis.close();
    await proxy.close();
  });

  const faults: [string, Fault][] = [
    ['refuses connections', { kind: 'refuse' }],
    ['accepts and never answers', { kind: 'black-hole' }],
    ['answers too late', { kind: 'delay', ms: 250 }],
    ['resets in the middle of a reply', { kind: 'reset-reply' }],
  ];
  for (const [name, fault] of faults) {
    it(`opens on a Redis that ${name}, sends it nothing while open, and closes by itself`, async () => {
      await get();
      await proxy.set(fault);
      await until(() => (kick(), state() === 'open'));
      let sent = 0;
      const counted = breaker.execute(async () => (sent += 1));
      await assert.rejects(counted, { code: 'CIRCUIT_OPEN' });
      assert.equal(sent, 0);
      await until(() => (kick(), changes.some(({ reason }) => reason.startsWith('probe'))));
      await proxy.set({ kind: 'pass' });
      await until(async () => void (await get()));
      await until(() => (kick(), state() === 'closed'));
    });
  }

  it('does not open because commands are wrong', async () => {
    await get();
    for (let i = 0; i < 30; i += 1) {
      const wrong = breaker.execute(() => redis.client.call('GET', 'a', 'b'));
      await assert.rejects(wrong, /wrong number/);
      await assert.rejects(breaker.execute(() => redis.client.evalsha('0'.repeat(40), 0)));
    }
    assert.deepEqual(changes, []);
  });
});
