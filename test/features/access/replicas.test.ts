/** What one process revokes another refuses, as soon as it hears of it: by the bus, not by the age of its entries. */
import assert from 'node:assert/strict';
import { realClock, redisNode, type Node } from '#test/resilience/cache/rig.ts';
import { createRedis } from '#src/storage/redis/connection.ts';
import { testDatabase } from '#test/support/database.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { until } from '#test/support/until.ts';
import { noSignal, signUp, startAccessService, type AccessService } from './access-service.ts';

const bootstrapKey = 'a-bootstrap-key-of-at-least-32-characters';

describe('rights in several processes', () => {
  const database = testDatabase();
  let redis: RedisServer;
  let nodes: Node[];
  let one: AccessService;
  let other: AccessService;
  before(async () => {
    redis = await startRedisServer();
    const startedAt = performance.now();
    // For the second process no time passes, so that nothing that it keeps gets old.
    const standing = { ...realClock, nowMs: () => startedAt };
    nodes = await Promise.all([redisNode(redis), redisNode(redis, { clock: standing })]);
    const [first, second] = nodes.map(({ cache }) => cache);
    assert.ok(first && second);
    one = await startAccessService(database.db, { cache: first, bootstrapKey });
    other = await startAccessService(database.db, { cache: second, bootstrapKey });
  });
  after(async () => {
    await one.close();
    await other.close();
    await Promise.all(nodes.map((node) => node.close()));
    await redis.stop();
  });

  const isRefused = async (token: string) => {
    try {
      await other.access.identify({ token }, noSignal);
      return false;
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'UNAUTHORIZED');
      return true;
    }
  };

  it('end in all of them', async () => {
    assert.equal(await isRefused(bootstrapKey), false);
    const admin = await signUp(one, bootstrapKey, { username: 'root', role: 'admin' });
    await until(() => isRefused(bootstrapKey));
    const user = await signUp(one, admin.access, { username: 'ada', role: 'viewer' });
    const { json } = await one.send('POST', '/api-keys', user.access, { name: 'k' });
    for (const token of [json.key, user.access]) assert.equal(await isRefused(token), false);
    await one.send('DELETE', `/api-keys/${json.key_id}`, user.access);
    await until(() => isRefused(json.key));
    assert.equal(await isRefused(user.access), false);
    await one.send('PATCH', `/users/${user.id}`, admin.access, { disabled: true });
    await until(() => isRefused(user.access));
  });

  it('are kept in no Redis', async () => {
    const asking = createRedis({
      port: redis.port,
      password: redis.password,
      commandTimeoutMs: 30_000,
    });
    try {
      await asking.attempted;
      const stored = await asking.client.keys('*');
      assert.notEqual(stored.length, 0);
      for (const key of stored)
        assert.doesNotMatch(key, /access_(users|keys|admins)\.1\.everyone:/);
    } finally {
      await asking.close();
    }
  });
});
