import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { CircuitBreaker } from '#src/resilience/circuit-breaker/circuit-breaker.ts';
import { withinDeadline } from '#src/resilience/circuit-breaker/within-deadline.ts';
import { createRedis, type RedisConnection } from '#src/storage/redis/connection.ts';
import { startFaultProxy, type FaultProxy } from '#test/support/fault-proxy.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { until } from '#test/support/until.ts';

describe('a call within a deadline', () => {
  const clock = { now: () => performance.now(), lost: () => 0, heard: () => performance.now() };
  const breaker = new CircuitBreaker(
    { name: 'x', dependency: 'redis', classify: () => 'ignored' },
    { clock, now: () => new Date(), random: () => 0 },
  );
  const guard = withinDeadline(breaker, 50);
  let server: RedisServer;
  let proxy: FaultProxy;
  let proxied: RedisConnection;

  before(async () => {
    server = await startRedisServer();
    proxy = await startFaultProxy({ port: server.port });
    const url = server.url.replace(String(server.port), String(proxy.port));
    proxied = createRedis({ url, commandTimeoutMs: 5000 });
    await until(() => proxied.client.status === 'ready');
  });
  after(async () => {
    proxied.client.disconnect();
    await proxy.close();
    await server.stop();
  });

  it('ends when the time is up, and names what did not answer', async () => {
    const call = guard(() => new Promise(() => {}));
    await assert.rejects(call, { name: 'TimeoutError', dependency: 'redis', kind: 'timeout' });
  });

  it('does not blame the store for an event loop that was busy', async () => {
    const answered = new Int32Array(new SharedArrayBuffer(4));
    const store = new Worker(
      `const { createServer } = require('node:net');
      const { parentPort, workerData } = require('node:worker_threads');
      const server = createServer((socket) => {
        socket.on('data', () => socket.write('PONG', () => Atomics.store(workerData, 0, 1)));
      });
      server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
      { eval: true, workerData: answered },
    );
    try {
      const [port] = (await once(store, 'message')) as [number];
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      const call = guard(async () => {
        socket.write('PING');
        const [answer] = (await once(socket, 'data')) as [Buffer];
        return answer.toString();
      });
      // Busy until the answer waits in the socket, and for longer than the call may take.
      const startedAt = performance.now();
      while (Atomics.load(answered, 0) === 0 || performance.now() - startedAt < 150);
      assert.equal(await call, 'PONG');
      socket.destroy();
    } finally {
      await store.terminate();
    }
  });

  it('gives each of many calls its own time, though one timer serves all', async () => {
    const ended: number[] = [];
    const lasted: number[] = [];
    const call = async (i: number) => {
      const begunAt = performance.now();
      await assert.rejects(
        guard(() => new Promise(() => {})),
        { name: 'TimeoutError' },
      );
      lasted.push(performance.now() - begunAt);
      ended.push(i);
    };
    const calls: Promise<void>[] = [];
    // The first end while others are still begun, so none waits for the last.
    await until(() => {
      calls.push(call(calls.length));
      // One that ends among those that hang.
      void guard(async () => 'done');
      return ended.length >= 3;
    });
    assert.ok(ended.length < calls.length);
    await Promise.all(calls);
    assert.deepEqual(ended, [...calls.keys()], 'in the order in which they began');
    assert.ok(
      lasted.every((ms) => ms >= 49),
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

  it('blames a store that does not answer', async () => {
    await proxy.set({ kind: 'black-hole' });
    await assert.rejects(
      guard(() => proxied.client.ping()),
      { name: 'TimeoutError' },
    );
  });
});
