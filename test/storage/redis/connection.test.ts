import assert from 'node:assert/strict';
import { firstCause } from '#src/errors.ts';
import { createRedis, type RedisConnection } from '#src/storage/redis/connection.ts';
import { startFaultProxy } from '#test/support/fault-proxy.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { until } from '#test/support/until.ts';

describe('Redis connection', () => {
  let server: RedisServer;
  let redis: RedisConnection;
  before(async function () {
    // The first run on a machine may have to fetch the server.
    this.timeout(300_000);
    server = await startRedisServer();
  });
  after(() => server.stop());
  beforeEach(async () => {
    redis = createRedis({ url: server.url });
    await until(() => redis.ping(500));
  });
  afterEach(() => redis.close());

  it('takes a URL or host, port, database and password', async () => {
    const { port, password } = server;
    const byHost = createRedis({ host: '127.0.0.1', port, db: 2, password, name: 'by-host' });
    await until(() => byHost.ping(500));
    assert.match(await byHost.client.client('INFO'), /name=by-host .*\bdb=2\b/);
    await byHost.close();
  });

  it('has no answer without the password', async () => {
    const stranger = createRedis({ host: '127.0.0.1', port: server.port });
    await until(
      () => stranger.client.status === 'ready' || stranger.client.status === 'reconnecting',
    );
    await assert.rejects(stranger.ping(500));
    await stranger.close();
  });

  it('says why there is no connection, also of a wrong password and of an unknown host', async () => {
    const causes: [object, RegExp][] = [
      [{ port: server.port, password: 'wrong' }, /^WRONGPASS /],
      [{ host: 'no-such-host.invalid', port: 1 }, /^getaddrinfo E\w+ no-such-host\.invalid$/],
      [{ port: 1 }, /^connect ECONNREFUSED 127\.0\.0\.1:1$/],
    ];
    for (const [options, expected] of causes) {
      const broken = createRedis({ ...options, name: 'broken' });
      let cause = '';
      await until(async () => {
        cause =
          firstCause(await broken.client.get('x').catch((error: unknown) => error))?.message ?? '';
        return expected.test(cause);
      });
      assert.match(cause, expected);
      await broken.close();
    }
  });

  it('fails by the limit of a command when the server hangs, and works when it wakes', async () => {
    server.signal('SIGSTOP');
    // Not by the limit of this call, which is a hundred times longer.
    await assert.rejects(redis.ping(10_000), /timed out/);
    await assert.rejects(redis.ping(20), /No answer within 20 ms/);
    server.signal('SIGCONT');
    await until(() => redis.ping(500));
  });

  it('refuses at once while the server is down, and is back after its return', async () => {
    await server.kill();
    await until(() => redis.client.status !== 'ready');
    // Before the event loop turns: nothing is queued for a connection to come.
    let turned = false;
    const turn = setImmediate(() => (turned = true));
    await assert.rejects(redis.client.get('anything'), /isn't writeable/);
    clearImmediate(turn);
    assert.equal(turned, false);
    await server.start();
    await until(() => redis.ping(500));
  });

  it('gives up a connection that a network has swallowed, and makes another', async () => {
    const proxy = await startFaultProxy({ port: server.port });
    const far = createRedis({
      port: proxy.port,
      password: server.password,
      commandTimeoutMs: 1000,
    });
    try {
      await until(() => far.ping(500));
      await proxy.set({ kind: 'swallow' });
      // Until what connects meanwhile hangs in the greeting, too.
      await until(async () => (await far.ping(50).catch(() => far.client.status)) === 'connect');
      await proxy.set({ kind: 'pass' });
      let attempts = 0;
      far.client.on('connect', () => (attempts += 1));
      await until(() => far.ping(1000));
      assert.equal(attempts, 1, 'the first that gets through is taken');
    } finally {
      await far.close();
      await proxy.close();
    }
  });

  it('can be made and closed while there is no server', async () => {
    const absent = createRedis({ host: '127.0.0.1', port: 1 });
    await assert.rejects(absent.ping(100));
    await absent.close();
    await until(() => Reflect.get(absent.client, 'reconnectTimeout') === null);
    assert.equal(Reflect.get(absent.client, 'manuallyClosing'), true, 'it does not connect again');
  });
});
