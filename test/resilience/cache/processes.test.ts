import assert from 'node:assert/strict';
import { createRedis, type RedisConnection } from '#src/storage/redis/connection.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { until } from '#test/support/until.ts';
import { startCacheProcess, type CacheProcess } from './processes.ts';

describe('the cache over three processes', () => {
  let server: RedisServer;
  let redis: RedisConnection;
  let processes: CacheProcess[] = [];
  before(async function () {
    this.timeout(300_000);
    server = await startRedisServer();
    redis = createRedis({ url: server.url });
    await until(() => redis.ping(500));
    processes = await Promise.all([1, 2, 3].map(() => startCacheProcess(server)));
  });
  after(async () => {
    const codes = await Promise.all(processes.map((one) => one.stop()));
    await redis.close();
    await server.stop();
    assert.ok(
      codes.every((code) => code === 0 || code === null),
      'no unhandled rejection',
    );
  });
  const loads = async (key: string) => Number(await redis.client.get(`loads:${key}`));

  it('loads once for 10,000 concurrent lookups', async () => {
    const order = { do: 'ask', key: 'cold', times: 3333, loadMs: 300 } as const;
    const replies = await Promise.all(processes.map((one) => one.tell(order)));
    assert.deepEqual(
      replies.map(({ answers }) => answers),
      [{ '0': 3333 }, { '0': 3333 }, { '0': 3333 }],
    );
    assert.equal(await loads('cold'), 1);
  });

  it('fails once for 10,000 concurrent lookups', async () => {
    const order = { do: 'ask', key: 'failing', times: 3333, loadMs: 300, fails: true } as const;
    const replies = await Promise.all(processes.map((one) => one.tell(order)));
    assert.equal(await loads('failing'), 1);
    const told = replies.flatMap(({ answers = {} }) => Object.keys(answers));
    assert.deepEqual(
      new Set(told),
      new Set(['the load failed', 'The same work failed a moment ago.']),
    );
  });

  it('loads again when the process that loads is killed', async () => {
    const loading = await startCacheProcess(server);
    void loading.tell({ do: 'ask', key: 'orphan', loadMs: 60_000 });
    await until(async () => (await loads('orphan')) === 1);
    const order = { do: 'ask', key: 'orphan', times: 1000, loadMs: 10 } as const;
    const asked = Promise.all(processes.map((one) => one.tell(order)));
    // Its load would have taken a minute: its lease ends, and one of those who wait loads.
    await loading.kill();
    const replies = await asked;
    assert.deepEqual(replies[0]?.answers, { '0': 1000 });
    assert.equal(await loads('orphan'), 2);
  });

  it('serves in no process what any process has invalidated', async () => {
    const ask = { do: 'ask', key: 'written' } as const;
    for (let version = 1; version <= 20; version++) {
      await Promise.all(processes.map((one) => one.tell(ask)));
      await redis.client.set('origin', String(version));
      await processes[version % 3]?.tell({ do: 'invalidate' });
      const replies = await Promise.all(
        processes.map(async (one, index) => {
          if (index === version % 3) return one.tell(ask);
          // The others hear of it by the bus.
          let reply = await one.tell(ask);
          await until(async () => {
            reply = await one.tell(ask);
            return reply.answers?.[String(version)] === 1;
          });
          return reply;
        }),
      );
      assert.deepEqual(
        new Set(replies.flatMap(({ answers = {} }) => Object.keys(answers))),
        new Set([String(version)]),
      );
    }
  });
});
