/** Rate limiting as clients, operators and other replicas see it, through the whole service. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '#test/support/database.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { startServiceProcess, type ServiceProcess } from '#test/support/service-process.ts';
import { testService } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

const path = '/api/v1/errors';
const headers = [
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'x-ratelimit-backend',
  'ratelimit-policy',
  'ratelimit',
];

describe('a limited service', () => {
  const service = testService({
    RATE_LIMIT_PER_MINUTE: '5',
    RATE_LIMIT_PER_HOUR: '50',
    TRUSTED_PROXIES: '127.0.0.1',
  });
  let clients = 0;
  /** A client of its own for each test. */
  const newClient = () => ({ 'X-Forwarded-For': `198.51.100.${++clients}` });
  const exhaust = async (from: Record<string, string>, target = path) => {
    for (let i = 0; i < 5; i += 1) await service.get(target, from);
    return service.get(target, from);
  };

  it('tells on every answer what is left', async () => {
    const from = newClient();
    const first = await service.get(path, from);
    assert.equal(first.status, 200);
    assert.deepEqual(
      headers.map((name) => first.headers.get(name)),
      ['5', '4', '60', 'memory', '"minute";q=5;w=60, "hour";q=50;w=3600', '"minute";r=4;t=60'],
    );
    const second = await service.get('/nowhere', from);
    assert.deepEqual([second.status, second.headers.get('x-ratelimit-remaining')], [404, '3']);
  });

  it('answers 429 with the violated policies and when to come back', async () => {
    const { status, headers: of, json } = await exhaust(newClient());
    assert.equal(status, 429);
    assert.equal(of.get('content-type'), 'application/problem+json');
    assert.equal(of.get('cache-control'), 'no-store');
    assert.equal(of.get('x-ratelimit-remaining'), '0');
    assert.equal(json.error_code, 'RATE_LIMIT_EXCEEDED');
    assert.deepEqual(json.violated_policies, ['minute']);
    assert.equal(String(json.retry_after), of.get('retry-after'));
    assert.ok(json.retry_after > 0 && json.retry_after <= 60);
  });

  it('refuses before a body is read, and says 429 of routes that do not exist', async () => {
    const from = newClient();
    assert.equal((await exhaust(from, '/nowhere')).status, 429);
    const refused = await service.post('/api/v1/candidates', '{ not json', from);
    assert.equal(refused.status, 429);
  });

  it('leaves status, docs and preflights alone', async () => {
    const from = newClient();
    await exhaust(from);
    const open = ['/', '/health', '/api/v1/health', '/docs', '/openapi.json'];
    for (const free of [...open, '/api/v1/status/system', '/api/v1/status/liveness']) {
      const answer = await service.get(free, from);
      assert.ok(answer.status < 400, `${free}: ${answer.status}`);
      for (const name of headers) assert.equal(answer.headers.get(name), null, free);
    }
    const preflight = {
      ...from,
      Origin: 'http://localhost',
      'Access-Control-Request-Method': 'GET',
    };
    const options = await service.send(path, { method: 'OPTIONS', headers: preflight });
    assert.notEqual(options.status, 429);
  });

  it('counts and logs what it refuses, without the address', async () => {
    const from = newClient();
    await exhaust(from);
    const { text } = await service.send(`${service.metricsUrl}/metrics`, {});
    assert.match(
      text,
      /http_requests_limited_total\{(?=[^}]*route="\/api\/v1\/errors")(?=[^}]*policy="minute")[^}]*\} [1-9]/,
    );
    await until(() => service.log.some((line) => line.includes('rate_limit.limited')));
    const everything = service.log.join('\n') + text;
    assert.ok(!everything.includes(from['X-Forwarded-For']));
  });

  it('lets an operator look at a client and reset it', async () => {
    const from = newClient();
    await exhaust(from);
    const admin = `/api/v1/admin/rate-limits?subject=${from['X-Forwarded-For']}`;
    const state = await service.get(admin);
    assert.equal(state.status, 200);
    assert.equal(state.json.policies[0].used, 5);
    const gone = await service.send(admin, { method: 'DELETE' });
    assert.equal(gone.status, 204);
    assert.equal((await service.get(path, from)).status, 200);
    const wrong = await service.get('/api/v1/admin/rate-limits?subject=x');
    assert.equal(wrong.status, 422);
  });
});

describe('the limiter switched to', () => {
  const shadow = testService({ RATE_LIMIT_MODE: 'shadow', RATE_LIMIT_PER_MINUTE: '2' });
  const off = testService({ RATE_LIMIT_ENABLED: 'false', RATE_LIMIT_PER_MINUTE: '2' });

  it('shadow mode refuses nobody and counts whom it would have', async () => {
    for (let i = 0; i < 4; i += 1) {
      const { status, headers: of } = await shadow.get(path);
      assert.equal(status, 200);
      assert.equal(of.get('x-ratelimit-limit'), '2');
    }
    const { text } = await shadow.send(`${shadow.metricsUrl}/metrics`, {});
    assert.match(text, /decisions_total\{[^}]*decision="shadow_limited"[^}]*\} [1-9]/);
  });

  it('off has no headers', async () => {
    for (let i = 0; i < 4; i += 1) {
      const { status, headers: of } = await off.get(path);
      assert.equal(status, 200);
      for (const name of headers) assert.equal(of.get(name), null);
    }
  });
});

describe('an account with keys', () => {
  const service = testService({ AUTH_REQUIRED: 'true', RATE_LIMIT_PER_MINUTE: '20' });

  it('has no more by the keys that it makes for itself; those with numbers of their own count alone', async () => {
    const account = { username: 'grace', password: 'correct horse battery staple' };
    const admin = { 'X-API-Key': service.adminKey };
    const made = await service.post('/api/v1/users', { ...account, role: 'admin' }, admin);
    assert.equal(made.status, 201, made.text);
    const { json: login } = await service.send('/api/v1/auth/token', {
      method: 'POST',
      body: new URLSearchParams(account),
    });
    const bearer = { Authorization: `Bearer ${login.access_token}` };
    const makeKey = async (more: object = {}) => {
      const { json } = await service.post(
        '/api/v1/api-keys',
        { name: 'one of mine', role: 'viewer', ...more },
        bearer,
      );
      return json;
    };
    const answered = async (headers: Record<string, string>) => {
      let count = 0;
      while ((await service.get('/api/v1/auth/me', headers)).status === 200) count += 1;
      return count;
    };
    const first = await makeKey();
    const wide = await makeKey({ rate_limit: { per_minute: 7, per_hour: 70 } });
    const second = await makeKey();
    await service.send(`/api/v1/api-keys/${first.key_id}`, { method: 'DELETE', headers: bearer });
    assert.equal(await answered({ 'X-API-Key': second.key }), 20 - 4);
    assert.equal(await answered(bearer), 0);
    assert.equal(await answered({ 'X-API-Key': wide.key }), 7);
    const state = `/api/v1/admin/rate-limits?subject=key_${second.key_id}`;
    assert.equal((await service.get(state, admin)).json.policies[0].used, 20);
  });
});

describe('a caller that asks for what it may not do', () => {
  const service = testService({ AUTH_REQUIRED: 'true', RATE_LIMIT_PER_MINUTE: '20' });

  it('is limited as by what it may, whoever it says it is', async () => {
    const admin = { 'X-API-Key': service.adminKey };
    const body = { name: 'reads', role: 'viewer' };
    const { json } = await service.post('/api/v1/api-keys', body, admin);
    const key = { 'X-API-Key': String(json.key) };
    const answered = async (headers: Record<string, string>) => {
      const seen: number[] = [];
      do seen.push((await service.get('/api/v1/users', headers)).status);
      while (seen.at(-1) !== 429 && seen.length <= 20);
      return seen;
    };
    assert.deepEqual(await answered(key), [...Array<number>(20).fill(403), 429]);
    const both = { ...key, Authorization: 'Bearer another' };
    assert.deepEqual(await answered(both), [...Array<number>(20).fill(400), 429]);
  });
});

describe('three replicas with one Redis', () => {
  const database = testDatabase();
  const replicas: ServiceProcess[] = [];
  let redis: RedisServer;
  let dataDir = '';

  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'sono-eval-replicas-'));
    redis = await startRedisServer();
    const env = {
      DATABASE_URL: database.url,
      DATA_DIR: dataDir,
      REDIS_URL: redis.url,
      SECRET_KEY: 'the-same-in-every-replica-0123456789',
      // What they share is shown here, also on a machine where Redis has to wait for its turn.
      REDIS_TIMEOUT: '10s',
      RATE_LIMIT_PER_MINUTE: '60',
      RATE_LIMIT_INSTANCES: '3',
      TRUSTED_PROXIES: '127.0.0.1',
    };
    const starting = Array.from({ length: 3 }, () => startServiceProcess(env));
    replicas.push(...(await Promise.all(starting)));
  });
  after(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    await redis.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('admit together what one alone would', async () => {
    const backendOf = async (replica: ServiceProcess) => {
      const headers = { 'X-Forwarded-For': '198.51.100.1' };
      const answer = await fetch(`${replica.apiUrl}${path}`, { headers });
      await answer.text();
      return answer.headers.get('x-ratelimit-backend');
    };
    const allDecideTogether = async () =>
      (await Promise.all(replicas.map(backendOf))).every((backend) => backend === 'redis');
    /** 150 requests of one client at once, a third to each replica. */
    const storm = (client: string) =>
      Promise.all(
        Array.from({ length: 150 }, async (_, i) => {
          const headers = { 'X-Forwarded-For': client };
          const answer = await fetch(`${replicas[i % 3]?.apiUrl}${path}`, { headers });
          await answer.text();
          return { status: answer.status, backend: answer.headers.get('x-ratelimit-backend') };
        }),
      );
    await until(allDecideTogether);
    const answers = await storm('192.0.2.1');
    assert.ok(answers.every(({ backend }) => backend === 'redis'));
    assert.equal(answers.filter(({ status }) => status === 200).length, 60);
    assert.equal(answers.filter(({ status }) => status === 429).length, 90);
  });

  it('admit a quota in a window though Redis goes within it and comes back empty', async () => {
    const ask = async (replica: ServiceProcess, client: string) => {
      const headers = { 'X-Forwarded-For': client };
      const answer = await fetch(`${replica.apiUrl}${path}`, { headers });
      await answer.text();
      return { isOk: answer.ok, backend: answer.headers.get('x-ratelimit-backend') };
    };
    const all = async (client: string, times: number) => {
      const asked = replicas.map(async (replica) => {
        let count = 0;
        for (let i = 0; i < times; i += 1) if ((await ask(replica, client)).isOk) count += 1;
        return count;
      });
      return Promise.all(asked);
    };
    /** Asks as another client each time. */
    let others = 0;
    const allDecideBy = async (backend: string) => {
      others += 1;
      const asked = replicas.map((replica) => ask(replica, `198.51.100.${100 + others}`));
      return (await Promise.all(asked)).every((answer) => answer.backend === backend);
    };
    await redis.kill();
    await until(() => allDecideBy('memory'));
    assert.deepEqual(await all('192.0.2.88', 25), [20, 20, 20]);
    await redis.start();
    await until(() => allDecideBy('redis'));
    assert.deepEqual(await all('192.0.2.88', 25), [0, 0, 0]);
  });

  it('go on limiting, each with what it knows, when Redis is gone, and together when it is back', async () => {
    await redis.kill();
    const ask = () =>
      fetch(`${replicas[0]?.apiUrl}${path}`, { headers: { 'X-Forwarded-For': '192.0.2.77' } });
    const alone = await ask();
    assert.equal(alone.headers.get('x-ratelimit-backend'), 'memory');
    assert.equal(alone.headers.get('x-ratelimit-limit'), '60');
    await redis.start();
    await until(async () => {
      const answer = await ask();
      await answer.text();
      return answer.headers.get('x-ratelimit-backend') === 'redis';
    });
  });
});
