/** The process in production, as whoever reads its output sees it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '#test/support/database.ts';
import { runFilePreloaded } from '#test/support/run-node.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { testService, type TestService } from '#test/support/service.ts';
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
    const { child, result } = runFilePreloaded('src/main.ts', {
      ...production(),
      RATE_LIMIT_MODE: 'shadow',
    });
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
      'rate_limit.mode': 'shadow',
      'rate_limit.per_minute': 60,
      'rate_limit.per_hour': 1000,
      'access.required': true,
    };
    assert.deepEqual({ ...ready, ...expected }, ready);
    for (const secret of [database.password, redis.password, production().SECRET_KEY]) {
      assert.ok(!stdout.includes(secret));
    }
    assert.doesNotMatch(stdout, /curl|exception\.stacktrace/);
    const warned = lines.filter((line) => line['event.name'] === 'config.warning');
    assert.deepEqual(
      warned.map((line) => line['variable']).filter((variable) => variable !== 'uid'),
      ['RATE_LIMIT_MODE'],
    );
    assert.equal(warned.length, process.getuid?.() === 0 ? 2 : 1);
    const states = lines.filter((line) => line['event.name'] === 'health.changed');
    // Not what each was found to be, for which a busy machine may not leave it the time.
    const first = new Map(states.toReversed().map(({ component, from }) => [component, from]));
    assert.equal(first.size, 7);
    assert.deepEqual([...new Set(first.values())], ['starting']);
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

describe('a service whose password and Redis do not fit', () => {
  let closed: RedisServer;
  let open: RedisServer;
  const dir = mkdtempSync(join(tmpdir(), 'sono-open-redis-'));
  const wrong: Record<string, string> = {};
  const unasked: Record<string, string> = {};
  before(async function () {
    this.timeout(300_000);
    const config = join(dir, 'redis.conf');
    writeFileSync(config, '');
    closed = await startRedisServer();
    open = await startRedisServer({ config });
    const url = ({ port }: RedisServer) => `redis://:h7Tq2Wn9Zx4Lk6Vb@127.0.0.1:${port}/0`;
    Object.assign(wrong, { REDIS_URL: url(closed) });
    Object.assign(unasked, { REDIS_URL: url(open) });
  });
  after(async () => {
    await Promise.all([closed.stop(), open.stop()]);
    rmSync(dir, { recursive: true });
  });
  const refused = testService(wrong);
  const everybody = testService(unasked);
  const changesOf = ({ log }: TestService) =>
    log
      .map((line) => JSON.parse(line) as Line)
      .filter((line) => line['event.name'] === 'health.changed' && line['component'] === 'redis');
  /** What health says of Redis once it is so. */
  const redisOf = async (service: TestService, status: string) => {
    await until(async () => (await service.get('/health')).json.components.redis === status);
    const { json } = await service.get('/api/v1/health');
    assert.equal(json.status, 'healthy', 'it works without');
    return json.details.redis as Record<string, string>;
  };

  it('says WRONGPASS and what to do in health, and once in its log', async () => {
    const { reason, hint } = await redisOf(refused, 'unavailable');
    assert.equal(reason, 'Redis refuses the password (WRONGPASS)');
    assert.match(String(hint), /^Set REDIS_PASSWORD/);
    const told = changesOf(refused);
    assert.equal(told.length, 1);
    assert.match(String(told[0]?.['error.cause']), /^WRONGPASS/);
    assert.match(String(told[0]?.['hint']), /^Set REDIS_PASSWORD/);
    const all = refused.log.join('\n');
    assert.ok(!all.includes('h7Tq2') && !all.includes('exception.stacktrace'), all);
  });

  it('says that nobody is asked for the password: degraded, since it works', async () => {
    const { reason } = await redisOf(everybody, 'degraded');
    assert.match(String(reason), /does not ask for the password.*Set requirepass/);
    const [told] = changesOf(everybody).filter(({ to }) => to === 'degraded');
    assert.match(String(told?.['reason']), /Set requirepass in Redis to REDIS_PASSWORD/);
    assert.ok(!everybody.log.join('\n').includes('h7Tq2'));
  });
});
