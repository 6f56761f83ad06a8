/** A secret in whatever part of a request, on every route and in every outcome, gets into no signal. */
import assert from 'node:assert/strict';
import { Client } from 'pg';
import { testDatabase } from '#test/support/database.ts';
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
      REQUEST_TIMEOUT: '2s',
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
