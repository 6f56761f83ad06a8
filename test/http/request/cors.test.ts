import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isAllowedOrigin } from '#src/http/request/cors.ts';
import { apiDocument } from '#test/support/api-routes.ts';
import { testService } from '#test/support/service.ts';

const hosts = ['app.example.com', 'localhost'];

describe('CORS origins', () => {
  for (const [origin, production, allowed] of [
    ['https://app.example.com', true, true],
    ['http://app.example.com', true, false],
    ['http://app.example.com', false, true],
    ['http://localhost:5173', false, true],
    ['https://app.example.com:444', true, false],
    ['https://app.example.com.evil.test', true, false],
    ['https://evilapp.example.com', true, false],
    ['https://app.example.com@evil.test', true, false],
    ['https://APP.example.com', true, false],
    ['null', true, false],
    ['', true, false],
    ['ftp://app.example.com', false, false],
    ['https://app.example.com/', true, false],
  ] as const) {
    it(`${allowed ? 'allows' : 'refuses'} ${origin || 'no origin'} in ${production ? 'production' : 'development'}`, () => {
      assert.equal(isAllowedOrigin(origin, hosts, production), allowed);
    });
  }
});

describe('CORS headers', () => {
  const service = testService({ ALLOWED_HOSTS: 'app.example.com' });
  const origin = 'https://app.example.com';
  const namesIn = (list: string | null) => new Set((list ?? '').toLowerCase().split(','));
  const missing = (names: Iterable<string>, list: Set<string>) =>
    [...names].filter((name) => !list.has(name.toLowerCase()));
  const inDocument = Object.keys(apiDocument.components.headers);
  const sent = Object.values(apiDocument.components.parameters).map(({ name }) => name);
  /** What looks like the name of a header, `X-RateLimit-*` standing for all of them. */
  const inReadme = [
    ...readFileSync('README.md', 'utf8').matchAll(
      /`((?:[A-Z][a-z]+|X|ETag|RateLimit)(?:-[A-Za-z]+)+|ETag|Age|Location|Allow|RateLimit)(-\*)?`/g,
    ),
  ].flatMap(([, name = '', all]) =>
    all === undefined ? [name] : inDocument.filter((known) => known.startsWith(name)),
  );
  /** Named in the README and sent by clients or proxies. */
  const requestHeaders = new Set(['X-Forwarded-For', ...sent]);

  it('let scripts read every header that the README or the document promises', async () => {
    const { headers } = await service.get('/health', { Origin: origin });
    const exposed = namesIn(headers.get('access-control-expose-headers'));
    assert.ok(inReadme.length > 10, inReadme.join());
    const promised = [...inDocument, ...inReadme.filter((name) => !requestHeaders.has(name))];
    for (const name of ['Age', 'Cache-Status', 'Idempotency-Replayed', 'ETag', 'Retry-After'])
      assert.ok(promised.includes(name), name);
    assert.deepEqual(missing(promised, exposed), []);
  });

  it('let scripts send every header that the document describes, and credentials', async () => {
    const { status, headers } = await service.send('/api/v1/assessments', {
      method: 'OPTIONS',
      headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
    });
    assert.equal(status, 204);
    const allowed = namesIn(headers.get('access-control-allow-headers'));
    const wanted = ['Authorization', 'X-API-Key', 'If-Match', 'If-None-Match', 'Idempotency-Key'];
    assert.deepEqual(missing([...sent, ...wanted], allowed), []);
  });
});
