import assert from 'node:assert/strict';
import { CircuitBreaker } from '#src/resilience/circuit-breaker/circuit-breaker.ts';
import { withinDeadline } from '#src/resilience/circuit-breaker/within-deadline.ts';
import { createRedis, type RedisConnection } from '#src/storage/redis.ts';
import { startFaultProxy, type FaultProxy } from '#test/support/fault-proxy.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { until } from '#test/support/until.ts';

describe('a call within a deadline', () => {
  const clock = { now: () => performance.now(), lost: () => 0 };
  const breaker = new CircuitBreaker('x', {}, { clock, now: () => new Date(), random: () => 0 });
  const guard = withinDeadline(breaker, 50);
  let server: RedisServer;
  let proxy: FaultProxy;
  let near: RedisConnection;
  let proxied: RedisConnection;

  before(async function () {
    this.timeout(30_000);
    server = await startRedisServer();
    proxy = await startFaultProxy({ port: server.port });
    const url = server.url.replace(String(server.port), String(proxy.port));
    near = createRedis({ url: server.url, commandTimeoutMs: 5000 });
    proxied = createRedis({ url, commandTimeoutMs: 5000 });
    await until(() => near.client.status === 'ready' && proxied.client.status === 'ready');
  });
  after(async () => {
    await near.close();
    proxied.client.disconnect();
    await proxy.close();
    await server.stop();
  });

  it('ends when the time is up, and its signal says so', async () => {
    let signal: AbortSignal | undefined;
    const startedAt = performance.now();
    const call = guard((given) => {
      signal = given;
      return new Promise(() => {});
    });
    await assert.rejects(call, { name: 'TimeoutError' });
    assert.ok(performance.now() - startedAt < 500);
    assert.equal(signal?.aborted, true);
  });

  it('does not blame the store for an event loop that was busy', async () => {
    const call = guard(() => near.client.ping());
    // The command leaves at the end of this turn, the answer waits in the socket.
    await new Promise(setImmediate);
    const busyUntil = performance.now() + 150;
    while (performance.now() < busyUntil);
    assert.equal(await call, 'PONG');
  });

  it('blames a store that does not answer', async () => {
    await proxy.set({ kind: 'black-hole' });
    await assert.rejects(
      guard(() => proxied.client.ping()),
      { name: 'TimeoutError' },
    );
  });
});
