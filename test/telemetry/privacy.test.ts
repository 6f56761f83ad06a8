/** A secret in whatever part of a request, on every route and in every outcome, gets into no signal. */
import assert from 'node:assert/strict';
import { Client } from 'pg';
import { testDatabase } from '#test/support/database.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { startTracedService, type TracedService } from '#test/support/traced-service.ts';
import { until } from '#test/support/until.ts';

/** One for each place, so that a leak names where it came from. No pattern of a redaction fits them. */
const secret = (place: string) => `geheim${place}4711`;
const places = [
  'path',
  'query',
  'header',
  'cookie',
  'agent',
  'trace',
  'body',
  'code',
  'error',
  'row',
];

describe('a secret in a request', () => {
  const database = testDatabase();
  let service: TracedService;
  const statuses = new Set<number>();

  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(service.apiUrl + path, {
      method,
      headers: {
        Authorization: `Bearer ${secret('header')}`,
        'X-API-Key': secret('header'),
        'X-Forwarded-For': secret('header'),
        'Idempotency-Key': secret('header'),
        Cookie: `session=${secret('cookie')}`,
        'User-Agent': `agent token=${secret('agent')}`,
        tracestate: `vendor=${secret('trace')}`,
        baggage: `tenant.tier=gold,user=${secret('trace')}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    statuses.add(answer.status);
    await answer.arrayBuffer();
    return answer;
  };

  /** Every route, as it is documented, with the secret as its parameter. */
  async function everyRoute(): Promise<void> {
    const { paths } = (await (await fetch(`${service.apiUrl}/openapi.json`)).json()) as {
      paths: Record<string, object>;
    };
    for (const [path, methods] of Object.entries(paths)) {
      const place = path.replaceAll(/\{\w+\}/g, secret('path'));
      for (const method of [...Object.keys(methods), 'put']) {
        const body = ['post', 'put'].includes(method)
          ? { candidate_id: secret('body'), content: { code: `key = "${secret('code')}"` } }
          : undefined;
        await send(method.toUpperCase(), `${place}?token=${secret('query')}`, body);
        await send(method.toUpperCase(), place, body);
      }
    }
  }

  before(async () => {
    service = await startTracedService(database.url, {
      RATE_LIMIT_ENABLED: 'false',
    });
    await everyRoute();
    await send('POST', '/api/v1/candidates', `{"candidate_id": "${secret('body')}"`);
    await send('POST', '/api/v1/candidates', { candidate_id: `${secret('body')}\u0000` });
    await send('POST', '/api/v1/candidates', { [secret('body')]: 1 });
    await send('GET', `/${secret('path')}/${secret('path')}?${secret('query')}`);
    await using stack = new AsyncDisposableStack();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    stack.defer(() => client.end());
    // PostgreSQL quotes the row that breaks a constraint, and the text of its own errors.
    await client.query(
      `alter table candidates add constraint refuse check (id <> '${secret('row')}')`,
    );
    await send('POST', '/api/v1/candidates', { candidate_id: secret('row') });
    await client.query(`create function fail() returns trigger language plpgsql as
      $$ begin raise exception 'value ${secret('error')} and %', new.id; end $$`);
    await client.query(
      'create trigger fail before insert on candidates for each row execute function fail()',
    );
    await send('POST', '/api/v1/candidates', { candidate_id: secret('row') });
    await client.query('drop trigger fail on candidates');
    await service.proxy.set({ kind: 'refuse' });
    await everyRoute();
    await service.proxy.set({ kind: 'pass' });
    const last = await fetch(`${service.apiUrl}/api/v1/errors`);
    await last.arrayBuffer();
    await service.traceOf(last);
    await until(() => service.log().includes('"http.response.status_code":503'));
  });
  after(() => service.close());

  it('was sent on every route, in every kind of outcome', () => {
    for (const status of [200, 201, 400, 404, 405, 422, 500, 503]) {
      assert.ok(statuses.has(status), `no ${status} among ${[...statuses].join(', ')}`);
    }
    assert.ok(service.spans.length > 80);
    assert.ok(service.log().split('\n').length > 80);
  });

  const signals: Record<string, () => string | Promise<string>> = {
    'a span': () => service.spans.map((span) => JSON.stringify(span)).join('\n'),
    'a log line': () => service.log(),
    'a metric': () => service.metrics(),
  };
  for (const [name, text] of Object.entries(signals)) {
    it(`is in no part of ${name}`, async () => {
      const lines = (await text()).split('\n');
      const leaks = places.flatMap((place) =>
        lines.filter((line) => line.includes(secret(place))).slice(0, 1),
      );
      assert.deepEqual(leaks, []);
    });
  }
});

describe('a secret of the service or of who uses it', () => {
  const database = testDatabase();
  const canaries: Record<string, string> = {
    SECRET_KEY: secret('OfTheServiceWhichIsLongEnough'),
    BOOTSTRAP_ADMIN_API_KEY: secret('OfTheFirstAdministratorIsLong'),
    METRICS_TOKEN: secret('OfTheScrapesWhichIsLong'),
    'a wrong METRICS_TOKEN': secret('OfAnotherScrape'),
    'a password': secret('PasswordOfGrace'),
    'a wrong password': secret('WrongPasswordOfGrace'),
    'a submission': secret('Submitted'),
    'a query': secret('Queried'),
  };
  const of = (name: string) => canaries[name] ?? assert.fail(name);
  let redis: RedisServer;
  let service: TracedService;
  const problems: string[] = [];
  const statuses = new Set<string>();

  const send = async (method: string, path: string, token: string, body?: unknown) => {
    const form = body instanceof URLSearchParams;
    const answer = await fetch(service.apiUrl + path, {
      method,
      headers: {
        ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined || form ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    // What is asked for is in the answer, as a new key is; an error repeats nothing.
    if (answer.status >= 400) problems.push(text);
    statuses.add(`${method} ${path.replace(/\?.*/, '')} ${answer.status}`);
    return { answer, json: text === '' ? {} : (JSON.parse(text) as Record<string, string>) };
  };
  const login = (username: string, password: string) =>
    send('POST', '/api/v1/auth/token', '', new URLSearchParams({ username, password }));

  /** Everything that takes or gives a secret, rightly and wrongly. Names of members are repeated to who sent them. */
  async function everyUse(): Promise<void> {
    const { json } = await login('grace', of('a password'));
    await login('grace', of('a wrong password'));
    await login('nobody', of('a wrong password'));
    await login(of('a password'), '');
    const password = of('a password');
    await send('POST', '/api/v1/auth/token', '', { username: 'grace', password });
    const bearers = [
      of('a password'),
      `${canaries['an access token']}x`,
      `${canaries['an API key']}x`,
    ];
    for (const bearer of [canaries['an API key'], canaries['an access token'], ...bearers]) {
      await send('GET', `/api/v1/auth/me?token=${of('a query')}`, bearer ?? '');
      await send('GET', `/api/v1/candidates?q=${of('a query')}`, bearer ?? '');
    }
    for (const token of [
      json['refresh_token'],
      canaries['a refresh token'],
      'x',
      of('a password'),
    ]) {
      await send('POST', '/api/v1/auth/refresh', '', { refresh_token: token });
    }
    const content = { code: `password = "${of('a submission')}"\n`, text: of('a submission') };
    const key = canaries['an API key'] ?? '';
    await send('POST', '/api/v1/assessments', key, { candidate_id: 'ada', content });
    await send('POST', '/api/v1/assessments', key, { candidate_id: 'ada', content, more: content });
    await send('POST', '/api/v1/users', key, { username: 'x y', password, role: of('a password') });
    await service.metrics();
    problems.push(await service.metrics(of('a wrong METRICS_TOKEN')));
  }

  before(async function () {
    // The first run on a machine may have to fetch the server.
    this.timeout(300_000);
    await using stack = new AsyncDisposableStack();
    redis = await startRedisServer();
    stack.defer(() => redis.stop());
    canaries['REDIS_PASSWORD'] = redis.password;
    canaries['DATABASE_URL'] = new URL(database.url).password;
    service = await startTracedService(database.url, {
      AUTH_REQUIRED: 'true',
      SECRET_KEY: of('SECRET_KEY'),
      BOOTSTRAP_ADMIN_API_KEY: of('BOOTSTRAP_ADMIN_API_KEY'),
      METRICS_TOKEN: of('METRICS_TOKEN'),
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(redis.port),
      REDIS_PASSWORD: redis.password,
      OTEL_LOGS_EXPORTER: 'otlp',
    });
    const bootstrap = of('BOOTSTRAP_ADMIN_API_KEY');
    const made = await send('POST', '/api/v1/api-keys', bootstrap, { name: 'one', role: 'admin' });
    canaries['an API key'] = String(made.json['key']);
    await send('GET', '/api/v1/auth/me', bootstrap);
    const grace = { username: 'grace', password: of('a password'), role: 'admin' };
    await send('POST', '/api/v1/users', canaries['an API key'], grace);
    const { json } = await login('grace', of('a password'));
    canaries['an access token'] = String(json['access_token']);
    canaries['the signature of one'] = String(json['access_token']?.split('.')[2]);
    canaries['a refresh token'] = String(json['refresh_token']);
    await everyUse();
    await service.proxy.set({ kind: 'refuse' });
    await everyUse();
    await service.proxy.set({ kind: 'pass' });
    await redis.kill();
    await everyUse();
    const last = await send('GET', '/api/v1/errors', '');
    await service.traceOf(last.answer);
    await until(() => service.log().includes('"http.response.status_code":503'));
    await until(() => service.logs.length > 50);
    stack.move();
  });
  after(async () => {
    await service.close();
    await redis.stop();
  });

  it('was used rightly, wrongly, and while the stores were gone', () => {
    for (const [name, value] of Object.entries(canaries)) assert.ok(value.length > 10, name);
    for (const use of [
      'POST /api/v1/users 201',
      'POST /api/v1/auth/token 200',
      'POST /api/v1/auth/token 401',
      'POST /api/v1/auth/token 415',
      'POST /api/v1/auth/token 503',
      'POST /api/v1/auth/refresh 200',
      'POST /api/v1/auth/refresh 401',
      'GET /api/v1/auth/me 200',
      'GET /api/v1/auth/me 401',
      'POST /api/v1/assessments 201',
      'POST /api/v1/assessments 422',
      'POST /api/v1/users 422',
    ]) {
      assert.ok(statuses.has(use), `no ${use} among ${[...statuses].join(', ')}`);
    }
    assert.ok(problems.length > 20);
  });

  const seen: Record<string, () => string | Promise<string>> = {
    'a span': () => service.spans.map((span) => JSON.stringify(span)).join('\n'),
    'a log line': () => service.log(),
    'a line in the log store': () => service.logs.map((line) => JSON.stringify(line)).join('\n'),
    'a metric': () => service.metrics(),
    'an error': () => problems.join('\n'),
  };
  for (const [name, text] of Object.entries(seen)) {
    it(`appears in no part of ${name}`, async () => {
      const lines = (await text()).split('\n');
      assert.ok(lines.length > 20);
      const leaks = Object.values(canaries).flatMap((canary) =>
        lines.filter((line) => line.includes(canary)).slice(0, 1),
      );
      assert.deepEqual(leaks, []);
    });
  }
});
