import assert from 'node:assert/strict';
import { CircuitBreaker } from '#src/resilience/circuit-breaker/circuit-breaker.ts';
import { withinDeadline } from '#src/resilience/circuit-breaker/within-deadline.ts';
import { createRedis, type RedisConnection } from '#src/storage/redis/connection.ts';
import { startFaultProxy, type FaultProxy } from '#test/support/fault-proxy.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { until } from '#test/support/until.ts';

describe('a call within a deadline', () => {
  const clock = { now: () => performance.now(), lost: () => 0 };
  const breaker = new CircuitBreaker(
    'x',
    { classify: () => 'ignored' },
    { clock, now: () => new Date(), random: () => 0 },
  );
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

  it('gives each of many calls its own time, though one timer serves all', async () => {
    const begun: number[] = [];
    const lasted: number[] = [];
    const call = async (i: number) => {
      begun[i] = performance.now();
      await assert.rejects(
        guard(() => new Promise(() => {})),
        { name: 'TimeoutError' },
      );
      lasted[i] = performance.now() - (begun[i] ?? 0);
    };
    const calls: Promise<void>[] = [];
    const start = performance.now();
    await until(() => {
      calls.push(call(calls.length));
      // One that ends among those that hang.
      void guard(async () => 'done');
      return performance.now() - start > 80;
    });
    await Promise.all(calls);
    assert.ok(calls.length > 2);
    assert.ok(
      lasted.every((ms) => ms >= 49 && ms < 500),
      String(lasted),
    );
  });

  it('hands on what the work gives or throws, at once or later', async () => {
    assert.equal(await guard(async () => 7), 7);
    await assert.rejects(
      guard(() => Promise.reject(new Error('later'))),
      /later/,
    );
    await assert.rejects(
      guard(() => {
        throw new Error('at once');
      }),
      /at once/,
    );
  });

  it('leaves the signal of work that ended in time alone', async () => {
    let signal: AbortSignal | undefined;
    await guard(async (given) => (signal = given));
    await assert.rejects(guard(() => new Promise(() => {})));
    assert.equal(signal?.aborted, false);
  });

  it('blames a store that does not answer', async () => {
    await proxy.set({ kind: 'black-hole' });
    await assert.rejects(
      guard(() => proxied.client.ping()),
      { name: 'TimeoutError' },
    );
  });
});
