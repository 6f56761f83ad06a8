/** What every response has, whatever the route; through real HTTP. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { request } from 'node:http';
import { order, type Stack } from '#src/app.ts';
import { errorCodes } from '#src/errors.ts';
import { testService } from '#test/support/service.ts';

describe('the middleware stack', () => {
  it('has this order', () => {
    const names = [
      'requestId',
      'trace',
      'requestLog',
      'requestMetrics',
      'securityHeaders',
      'cors',
      'problems',
      'health',
      'allowedHost',
      'serving',
      'deadline',
      'limitByAddress',
      'authenticate',
      'limitByCaller',
      'authorize',
      'body',
      'unitOfWork',
      'routes',
      'notFound',
    ] as const;
    const stack = Object.fromEntries(
      names.map((name) => [name, Object.assign(() => undefined, { layer: name })]),
    );
    const layers = order(stack as unknown as Stack).map(
      (middleware) => (middleware as unknown as { layer: string }).layer,
    );
    assert.deepEqual(layers, names);
  });
});

describe('every response', () => {
  const service = testService({ MAX_UPLOAD_SIZE: '20000', ALLOWED_HOSTS: 'app.example.com' });

  const answers = {
    'a status route': () => service.get('/health'),
    'a list': () => service.get('/api/v1/candidates'),
    '404 of a path': () => service.get('/nowhere'),
    '404 of a trailing slash': () => service.get('/api/v1/candidates/'),
    '404 of another case': () => service.get('/API/v1/candidates'),
    '405': () => service.send('/api/v1/candidates', { method: 'PUT' }),
    '413': () => service.post('/api/v1/candidates', JSON.stringify({ x: 'y'.repeat(30_000) })),
    '415': () =>
      service.send('/api/v1/candidates', {
        method: 'POST',
        body: 'a=1',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      }),
    '400': () => service.post('/api/v1/candidates', '{'),
    '422': () => service.post('/api/v1/candidates', {}),
  };
  for (const [name, ask] of Object.entries(answers)) {
    it(`carries identity, timing and security headers: ${name}`, async () => {
      const { headers, status, json } = await ask();
      assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
      assert.match(headers.get('x-process-time') ?? '', /^\d+\.\d+$/);
      assert.match(
        headers.get('server-timing') ?? '',
        /^trace;desc="00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", total;dur=\d/,
      );
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
      assert.equal(headers.get('x-powered-by'), null);
      if (status >= 400) {
        assert.equal(headers.get('content-type'), 'application/problem+json');
        assert.equal(json.status, status);
        assert.equal(json.request_id, headers.get('x-request-id'));
        assert.match(json.trace_id, /^[0-9a-f]{32}$/);
        assert.equal(errorCodes[json.error_code as keyof typeof errorCodes].status, status);
        assert.match(json.type, /^\/api\/v1\/errors#[a-z-]+$/);
      }
    });
  }

  it('keeps a well-formed X-Request-ID and replaces any other', async () => {
    assert.equal(
      (await service.get('/health', { 'X-Request-ID': 'abc.DEF-1_2' })).headers.get('x-request-id'),
      'abc.DEF-1_2',
    );
    for (const bad of ['a b', 'a'.repeat(129), 'a"b', 'é']) {
      const { headers } = await service.get('/health', {
        'X-Request-ID': encodeURIComponent(bad) === bad ? bad : 'a b',
      });
      assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
    }
  });

  it('says in Allow what a 405 resource supports, and answers OPTIONS', async () => {
    const refused = await service.send('/api/v1/candidates', { method: 'PATCH' });
    assert.equal(refused.status, 405);
    assert.equal(refused.headers.get('allow'), 'GET, HEAD, OPTIONS, POST');
    const options = await service.send('/api/v1/candidates', { method: 'OPTIONS' });
    assert.equal(options.status, 204);
    assert.equal(options.headers.get('allow'), 'GET, HEAD, OPTIONS, POST');
  });

  it('answers HEAD like GET without the body', async () => {
    const { status, text, headers } = await service.send('/api/v1/candidates', { method: 'HEAD' });
    assert.equal(status, 200);
    assert.equal(text, '');
    assert.match(headers.get('content-type') ?? '', /^application\/json/);
  });

  it('lets allowed origins read it and no other', async () => {
    const allowed = await service.get('/health', { Origin: 'https://app.example.com' });
    assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://app.example.com');
    assert.match(allowed.headers.get('access-control-expose-headers') ?? '', /X-Request-ID/);
    const error = await service.get('/nowhere', { Origin: 'https://app.example.com' });
    assert.equal(error.headers.get('access-control-allow-origin'), 'https://app.example.com');
    const foreign = await service.get('/health', { Origin: 'https://evil.test' });
    assert.equal(foreign.headers.get('access-control-allow-origin'), null);
  });

  it('refuses compressed bodies with 415', async () => {
    const answer = await service.post('/api/v1/candidates', '{}', { 'Content-Encoding': 'gzip' });
    assert.equal(answer.json.error_code, 'UNSUPPORTED_MEDIA_TYPE');
  });

  it('refuses an empty body with MALFORMED_JSON', async () => {
    const answer = await service.post('/api/v1/candidates', '');
    assert.equal(answer.status, 400);
    assert.equal(answer.json.error_code, 'MALFORMED_JSON');
  });

  it('counts the bytes of a body without length, and answers 413 before its end', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const outgoing = request(
        `${service.url}/api/v1/candidates`,
        {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' },
        },
        (response) => {
          resolve(response.statusCode ?? 0);
          outgoing.destroy();
        },
      );
      outgoing.on('error', reject);
      outgoing.write('"'.padEnd(30_000, 'x'));
    });
    assert.equal(status, 413);
  });

  it('answers 413 to a client that wants to close, and reads only when all is sent', async () => {
    const size = 12_000_000;
    const socket = connect({ port: Number(new URL(service.url).port), host: '127.0.0.1' });
    socket.write(
      `POST /api/v1/candidates HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${size}\r\n\r\n`,
    );
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.write(Buffer.alloc(size, 'x'), () => resolve());
    });
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    assert.match(text, /^HTTP\/1\.1 413 /);
  });

  it('answers what is not HTTP with a problem and goes on', async () => {
    const text = await raw(service.url, 'NOT HTTP\r\n\r\n');
    assert.match(text, /^HTTP\/1\.1 400 /);
    assert.match(text, /application\/problem\+json/);
    assert.match(text, /"error_code":"BAD_REQUEST"/);
    const large = await raw(
      service.url,
      `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'y'.repeat(20_000)}\r\n\r\n`,
    );
    assert.match(large, /^HTTP\/1\.1 431 /);
    assert.equal((await service.get('/health')).status, 200);
  });

  it('survives a client that hangs up in the middle of its body', async () => {
    const before = (await service.get('/api/v1/candidates?q=half')).json.items.length;
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    const head =
      'POST /api/v1/candidates HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n';
    await new Promise<void>((resolve) =>
      socket.write(`${head}{"candidate_id":"half`, () => resolve()),
    );
    socket.destroy();
    assert.equal((await service.get('/health')).status, 200);
    assert.equal((await service.get('/api/v1/candidates?q=half')).json.items.length, before);
  });

  it('shows no stack, path or SQL in any problem', async () => {
    for (const ask of Object.values(answers)) {
      const { text } = await ask();
      assert.doesNotMatch(text, /\.ts:|node_modules|select |\/src\//i);
    }
  });
});

/** Sends bytes and resolves with all that comes back until the server closes. */
function raw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}
