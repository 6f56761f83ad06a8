import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demandRedisAccess, findRedisRefusal, watchRedisAccess } from '#src/compose/redis.ts';
import { loadConfig, type Config } from '#src/config.ts';
import { ConfigError } from '#src/errors.ts';
import { askRedisAccess } from '#src/storage/redis/access.ts';
import { accessRefusal } from '#src/storage/refusal.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';

describe('who gets into Redis', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sono-redis-access-'));
  const config = join(dir, 'redis.conf');
  let closed: RedisServer;
  let open: RedisServer;
  before(async function () {
    // The first run on a machine may have to fetch the server.
    this.timeout(300_000);
    closed = await startRedisServer();
    writeFileSync(config, 'user reader on >h7Tq2Wn9Zx4Lk6Vb ~* +@connection +get\n');
    open = await startRedisServer({ config });
  });
  after(async () => {
    await Promise.all([closed.stop(), open.stop()]);
    rmSync(dir, { recursive: true });
  });

  const ask = (server: RedisServer, password?: string) =>
    askRedisAccess({ host: '127.0.0.1', port: server.port, password }, 2000);
  const reasonOf = async (server: RedisServer, password?: string) =>
    accessRefusal(await ask(server, password))?.reason;
  const redisOf = (env: Record<string, string>) => loadConfig(env).redis;
  const production = (url: string) =>
    ({ production: true, redis: redisOf({ REDIS_URL: url }) }) as Config;

  it('is we alone, by the password', async () => {
    assert.deepEqual(await ask(closed, closed.password), {
      anyone: 'NOAUTH',
      login: 'OK',
      work: 'OK',
    });
    assert.equal(await reasonOf(closed, closed.password), undefined);
    const byUrl = await askRedisAccess({ url: closed.url }, 2000);
    assert.equal(byUrl.login, 'OK');
    await demandRedisAccess(production(closed.url));
  });

  it('is not we with a wrong password, or with none', async () => {
    assert.match((await reasonOf(closed, 'wrong')) ?? '', /WRONGPASS/);
    assert.match((await reasonOf(closed)) ?? '', /NOAUTH/);
  });

  it('is anybody where a password is given that nobody asks for', async () => {
    assert.match((await reasonOf(open, 'given')) ?? '', /does not ask for the password/);
    assert.equal(await reasonOf(open), undefined, 'nobody said that it should be asked for');
  });

  it('is a user without the rights that the service needs', async () => {
    const url = `redis://reader:h7Tq2Wn9Zx4Lk6Vb@127.0.0.1:${open.port}`;
    const access = await askRedisAccess({ url }, 2000);
    assert.equal(access.work, 'NOPERM');
    assert.match(accessRefusal(access)?.reason ?? '', /NOPERM/);
    const wrong = await askRedisAccess({ url: url.replace('h7Tq', 'xxxx') }, 2000);
    assert.match(accessRefusal(wrong)?.reason ?? '', /WRONGPASS/);
  });

  it('ends the start in production, with what to do and without the password', async () => {
    const wrong = `redis://:h7Tq2Wn9Zx4Lk6Vb@127.0.0.1:`;
    for (const [server, said] of [
      [closed, /REDIS_PASSWORD does not fit: .*WRONGPASS.*Set REDIS_PASSWORD/],
      [open, /REDIS_PASSWORD does not fit: .*does not ask.*Set requirepass/],
    ] as const) {
      await assert.rejects(demandRedisAccess(production(`${wrong}${server.port}`)), (error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, said);
        assert.doesNotMatch(error.message, /h7Tq/);
        return true;
      });
      const { redis } = production(`${wrong}${server.port}`);
      await demandRedisAccess({ production: false, redis } as Config);
    }
  });

  it('is nobody’s business while Redis is away: the service starts without it', async () => {
    await demandRedisAccess(production('redis://:h7Tq2Wn9Zx4Lk6Vb@127.0.0.1:1'));
    assert.equal(
      await findRedisRefusal(redisOf({ REDIS_HOST: 'no-such-host.invalid' }), 2000),
      undefined,
    );
    closed.signal('SIGSTOP');
    await assert.rejects(askRedisAccess({ url: closed.url }, 50), /does not answer|ETIMEDOUT/);
    closed.signal('SIGCONT');
  });

  it('is asked for every half minute, and told until it is right', async () => {
    let now = 0;
    const trouble = watchRedisAccess(
      redisOf({ REDIS_HOST: '127.0.0.1', REDIS_PORT: String(open.port), REDIS_PASSWORD: 'given' }),
      () => now,
    );
    let told = await trouble();
    while (told === undefined) {
      // A busy machine may not answer within the time of a probe.
      now += 30_000;
      told = await trouble();
    }
    assert.match(told, /does not ask for the password.*Set requirepass/);
    await open.kill();
    assert.equal(await trouble(), told, 'not asked again');
    now += 30_000;
    assert.equal(await trouble(), undefined);
    await open.start();
  });
});
