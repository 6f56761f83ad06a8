/** The process in production, as whoever reads its output sees it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { testDatabase } from '#test/support/database.ts';
import { runFilePreloaded } from '#test/support/run-node.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { testService } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

type Line = Record<string, unknown>;
const linesOf = (output: string) =>
  output
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

describe('the output of a production process', () => {
  const migrated = testDatabase();
  let redis: RedisServer;
  before(async function () {
    // The first run on a machine may have to fetch the server.
    this.timeout(300_000);
    redis = await startRedisServer();
  });
  after(() => redis.stop());
  const production = () => ({
    APP_ENV: 'production',
    API_HOST: '127.0.0.1',
    API_PORT: '0',
    METRICS_HOST: '127.0.0.1',
    METRICS_PORT: '0',
    DATABASE_URL: migrated.url,
    SECRET_KEY: 'mZ4c8Qp1Wn6Xr3Tk9Vb2Ly7Js5Hd0GfAeUoIiRwEqYt=',
    ALLOWED_HOSTS: 'api.example.com',
    PUBLIC_URL: 'https://api.example.com/',
    REDIS_HOST: '127.0.0.1',
    REDIS_PORT: String(redis.port),
    REDIS_PASSWORD: redis.password,
    SHUTDOWN_LEAD_SECONDS: '0',
  });

  it('is JSON alone, with one line that says what has started, and no stack', async () => {
    const { child, result } = runFilePreloaded('src/main.ts', production());
    let output = '';
    child.stdout?.on('data', (chunk) => (output += String(chunk)));
    await until(() => {
      if (child.exitCode !== null) assert.fail(`It ended:\n${output}`);
      return output.includes('"service.ready"');
    });
    const ready = linesOf(output).find((line) => line['event.name'] === 'service.ready') ?? {};
    const get = async (path: string) =>
      (await (await fetch(`${String(ready['api.url'])}${path}`)).json()) as Line;
    assert.equal((await get('/'))['url'], 'https://api.example.com');
    const { servers } = await get('/openapi.json');
    assert.deepEqual(
      (servers as { url: string }[]).map(({ url }) => url),
      ['https://api.example.com'],
    );
    child.kill('SIGTERM');
    const { code, stdout, stderr } = await result;
    assert.deepEqual([code, stderr], [0, '']);
    const lines = linesOf(stdout);
    assert.equal(lines.filter((line) => line['event.name'] === 'service.ready').length, 1);
    const database = new URL(migrated.url);
    const { port } = new URL(String(ready['api.url']));
    assert.ok(Number(port) > 0);
    const expected = {
      'service.version': version,
      'deployment.environment.name': 'production',
      'api.public_url': 'https://api.example.com',
      database: 'external',
      'database.address': `${database.host}${database.pathname}`,
      redis: `127.0.0.1:${redis.port}/0`,
      'rate_limit.mode': 'enforce',
      'rate_limit.per_minute': 60,
      'rate_limit.per_hour': 1000,
      'access.required': true,
    };
    assert.deepEqual({ ...ready, ...expected }, ready);
    for (const secret of [database.password, redis.password, production().SECRET_KEY]) {
      assert.ok(!stdout.includes(secret));
    }
    assert.doesNotMatch(stdout, /curl|exception\.stacktrace/);
    const states = lines.filter((line) => line['event.name'] === 'health.changed');
    assert.ok(states.length >= 6);
    for (const { from, to, component } of states) {
      assert.deepEqual([from, to], ['starting', 'operational'], String(component));
    }
  });

  it('is one line on stderr, with what to do, when Redis refuses the password: exit code 78', async () => {
    const { result } = runFilePreloaded('src/main.ts', {
      ...production(),
      REDIS_PASSWORD: 'h7Tq2Wn9Zx4Lk6Vb',
    });
    const { code, stdout, stderr } = await result;
    assert.deepEqual([code, stdout], [78, '']);
    const [line, ...more] = linesOf(stderr);
    assert.deepEqual([line?.['event.name'], more.length], ['service.start_failed', 0]);
    assert.match(String(line?.['exception.message']), /REDIS_PASSWORD does not fit.*WRONGPASS/s);
    assert.ok(!stderr.includes('h7Tq'));
  });
});

describe('a service whose Redis refuses its password', () => {
  let redis: RedisServer;
  const env: Record<string, string> = {};
  before(async function () {
    this.timeout(300_000);
    redis = await startRedisServer();
    Object.assign(env, { REDIS_URL: `redis://:h7Tq2Wn9Zx4Lk6Vb@127.0.0.1:${redis.port}/0` });
  });
  after(() => redis.stop());
  const service = testService(env);

  it('works without it, and says WRONGPASS and what to do in health, and once in its log', async () => {
    await until(async () => (await service.get('/health')).json.components.redis === 'unavailable');
    const { json } = await service.get('/api/v1/health');
    assert.equal(json.status, 'healthy');
    assert.equal(json.details.redis.reason, 'Redis refuses the password (WRONGPASS)');
    assert.match(json.details.redis.hint, /^Set REDIS_PASSWORD/);
    const told = service.log
      .map((line) => JSON.parse(line) as Line)
      .filter((line) => line['event.name'] === 'health.changed' && line['component'] === 'redis');
    assert.equal(told.length, 1);
    assert.match(String(told[0]?.['error.cause']), /^WRONGPASS/);
    assert.match(String(told[0]?.['hint']), /^Set REDIS_PASSWORD/);
    const all = service.log.join('\n');
    assert.ok(!all.includes('h7Tq2') && !all.includes('exception.stacktrace'), all);
  });
});
