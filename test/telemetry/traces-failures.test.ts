/** What an incident leaves in spans, log lines and metrics: the cause, in the same words, from outside. */
import assert from 'node:assert/strict';
import { testDatabase } from '#test/support/database.ts';
import { startFaultProxy, type FaultProxy } from '#test/support/fault-proxy.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { startTracedService, type TracedService } from '#test/support/traced-service.ts';
import { until } from '#test/support/until.ts';

type Line = Record<string, unknown>;

describe('an incident', function () {
  this.timeout(300_000);
  const database = testDatabase();
  let redis: RedisServer;
  let redisProxy: FaultProxy;
  let service: TracedService;

  before(async () => {
    redis = await startRedisServer();
    redisProxy = await startFaultProxy({ port: redis.port });
    service = await startTracedService(database.url, {
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(redisProxy.port),
      REDIS_PASSWORD: redis.password,
      REDIS_TIMEOUT: '1s',
      RATE_LIMIT_ENABLED: 'true',
      SLOW_REQUEST_MS: '1',
      SECRET_KEY: 'a-secret-for-one-test-0123456789abcd',
    });
  });
  after(async () => {
    await service.close();
    await redisProxy.close();
    await redis.stop();
  });

  const ask = (path: string) => fetch(`${service.apiUrl}/api/v1${path}`);
  const lines = (): Line[] =>
    service
      .log()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Line);
  const lineOf = async (answer: Response): Promise<Line> => {
    const id = answer.headers.get('x-request-id');
    const mine = () =>
      lines().find((line) => line['request_id'] === id && line['event.name'] === 'http.request');
    await until(() => mine() !== undefined);
    return mine() as Line;
  };
  const metric = async (line: RegExp): Promise<number> => {
    const text = await service.metrics();
    return Number(line.exec(text)?.[1] ?? NaN);
  };
  const pick = (from: Record<string, unknown>) =>
    Object.fromEntries(
      ['dependency.name', 'circuit_breaker.name', 'db.response.status_code', 'error.cause']
        .filter((key) => key in from)
        .map((key) => [key, from[key]]),
    );

  it('is none while it starts beside a Redis that is well', () => {
    const troubled = lines().filter(({ level }) => level === 'warn' || level === 'error');
    // That nobody is asked who they are is said at every start.
    assert.deepEqual(
      troubled.map(({ message }) => message),
      ['AUTH_REQUIRED is false: everybody may do everything.'],
    );
  });

  it('of a lost PostgreSQL names it, the breaker and the first cause, in the span and in the line', async () => {
    assert.equal((await ask('/candidates')).status, 200);
    const failed = /^db_client_operation_errors_total\{error_type="ECONNREFUSED"\} (\d+)/m;
    const ratio = /^circuit_breaker_failure_ratio\{name="postgres_service"\} ([\d.]+)/m;
    assert.equal(await metric(failed), 0, 'known before the first');
    await service.proxy.set({ kind: 'refuse' });
    let answer = await ask('/candidates');
    await until(async () => {
      answer = await ask('/candidates');
      return 'circuit_breaker.name' in (await lineOf(answer));
    });
    assert.equal(answer.status, 503);
    const line = pick(await lineOf(answer));
    const server = (await service.traceOf(answer)).find(({ kind }) => kind === 2);
    assert.deepEqual(pick(server?.attributes ?? {}), line);
    assert.equal(server?.attributes['error.type'], 'SERVICE_UNAVAILABLE');
    const attempts = service.spans.filter(({ name }) => name === 'pg-pool.connect');
    assert.ok(
      attempts.some(({ attributes, status }) => {
        return attributes['error.type'] !== undefined && status.code === 2;
      }),
      'a connection that was not to be had is a span',
    );
    const { 'error.cause': cause, ...rest } = line;
    assert.deepEqual(rest, {
      'dependency.name': 'postgresql',
      'circuit_breaker.name': 'postgres_service',
    });
    assert.match(String(cause), /ECONNREFUSED 127\.0\.0\.1:\d+|Connection terminated|ECONNRESET/);
    // Nobody but the breaker asks now, and still the outage is to be seen.
    await until(async () => (await metric(failed)) >= 5);
    await until(async () => (await metric(ratio)) === 1);
    await service.proxy.set({ kind: 'pass' });
    await until(async () => (await ask('/candidates')).status === 200);
  });

  it('of a renamed table shows the SQLSTATE on the statement, the request and the line', async () => {
    const em = database.db.em();
    await em.execute('alter table candidates rename to candidates_before');
    let answer: Response;
    try {
      answer = await ask('/candidates');
    } finally {
      await em.execute('alter table candidates_before rename to candidates');
    }
    assert.equal(answer.status, 500);
    const expected = {
      'dependency.name': 'postgresql',
      'db.response.status_code': '42P01',
      'error.cause': 'relation "candidates" does not exist',
    };
    assert.deepEqual(pick(await lineOf(answer)), expected);
    const spans = await service.traceOf(answer);
    const server = spans.find(({ kind }) => kind === 2);
    assert.deepEqual(pick(server?.attributes ?? {}), expected);
    const statement = spans.find(({ name }) => name === 'SELECT candidates');
    assert.equal(statement?.status.code, 2);
    assert.equal(statement.attributes['error.type'], '42P01');
    assert.equal(statement.attributes['db.response.status_code'], '42P01');
  });

  it('of Redis is no error of a request that was answered, and its scripts have names', async () => {
    const good = await ask('/candidates');
    const subject = (await lineOf(good))['rate_limit.subject'];
    assert.match(String(subject), /^[\w-]{22}$/);
    const line = await lineOf(good);
    assert.equal(line['message'], 'Request was slow');
    assert.ok(Number(line['sql_ms']) > 0 && Number(line['redis_ms']) > 0, JSON.stringify(line));
    const [whole] = (await service.traceOf(good)).filter(({ kind }) => kind === 2);
    assert.equal(whole?.attributes['rate_limit.subject'], subject, 'who asked, in both');
    const names = (await service.traceOf(good)).map(({ name }) => name);
    assert.ok(names.includes('evalsha rate_limit_take'), names.join());

    await redisProxy.set({ kind: 'refuse' });
    let degraded = good;
    await until(async () => {
      degraded = await ask('/candidates');
      assert.equal(degraded.status, 200);
      const [server] = (await service.traceOf(degraded)).filter(({ kind }) => kind === 2);
      return server?.attributes['circuit_breaker.name'] !== undefined;
    });
    const [server] = (await service.traceOf(degraded)).filter(({ kind }) => kind === 2);
    assert.equal(server?.attributes['error.type'], undefined);
    assert.equal(server?.status.code, 0);
    // Once it was asked again, the reason is not that the connection was lost, but that there is none.
    const changed = () =>
      lines().filter(
        (line) => line['event.name'] === 'health.changed' && line['component'] === 'redis',
      );
    await until(() => changed().at(-1)?.['to'] === 'unavailable');
    assert.match(
      String(changed().at(-1)?.['error.cause']),
      /ECONNREFUSED|ECONNRESET|closed by the other side/,
    );
    const cause = async () => {
      const { circuit_breakers: all } = (await (await ask('/status/system')).json()) as {
        circuit_breakers: Record<string, { cause: string | null }>;
      };
      return all['redis_rate_limit']?.cause;
    };
    await until(async () => /ECONNREFUSED 127\.0\.0\.1:\d+/.test((await cause()) ?? ''));
    // The span of a command that was refused, too: not that the client has no connection, but why.
    await until(async () => {
      const spans = await service.traceOf(await ask('/candidates'));
      return spans.some(
        ({ attributes }) =>
          attributes['db.system.name'] === 'redis' && attributes['error.type'] === 'ECONNREFUSED',
      );
    });
    const live = /^otel_sdk_span_live(?:\{[^}]*\})? (\d+)/m;
    await until(async () => (await metric(live)) <= 1);
    await redisProxy.set({ kind: 'pass' });
  });
});
