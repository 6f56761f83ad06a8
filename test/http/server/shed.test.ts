/** More requests than can be served at once, all in one piece, so that how many wait is no matter of time. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { exchange, hasEveryHeader } from '#test/http/server/raw-exchange.ts';
import { testService } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

const SLOTS = 8;
const SERVED = SLOTS + 100;
const MORE = 20;
/** Numbers of the two whose answers are looked at for what they brought. */
const TRACED = 2001;
const FOREIGN = 2002;

describe('a service that is asked for too much', () => {
  const service = testService({
    ALLOWED_HOSTS: 'app.example.com',
    MAX_CONCURRENT_ASSESSMENTS: '1',
  });
  const traceId = 'abcdef0123456789abcdef0123456789';
  const get = (path: string, n: number, headers = '') =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Request-ID: r-${n}\r\n${headers}\r\n`;
  const traced = `traceparent: 00-${traceId}-00f067aa0ba902b7-01\r\nOrigin: https://app.example.com\r\n`;
  const foreign = 'Origin: https://elsewhere.example\r\n';
  const metric = async (family: string, labels: Record<string, string>) => {
    const text = await (await fetch(`${service.metricsUrl}/metrics`)).text();
    const found = text
      .split('\n')
      .filter((line) => line.startsWith(`${family}{`))
      .find((line) =>
        Object.entries(labels).every(([name, value]) => line.includes(`${name}="${value}"`)),
      );
    return Number(found?.split(' ').at(-1) ?? 0);
  };

  it('answers what it has room for, probes always, and refuses the rest in full form at once', async () => {
    // The second only on a machine that does next to nothing for seconds.
    const shed = async () =>
      (await metric('http_requests_shed_total', { reason: 'line_full' })) +
      (await metric('http_requests_shed_total', { reason: 'waited_too_long' }));
    const counted = () =>
      metric('http_request_duration_seconds_count', {
        route: '/api/v1/candidates/:id',
        status_code: '503',
      });
    const [shedBefore, countedBefore] = [await shed(), await counted()];
    const path = '/api/v1/candidates/no';
    const first = Array.from({ length: SERVED }, (_, n) => get(path, n));
    const more = Array.from({ length: MORE }, (_, n) => get(path, SERVED + n));
    // The last of them, and so refused whenever one is.
    more.splice(-2, 2, get(`${path}?x=1`, TRACED, traced), get(path, FOREIGN, foreign));
    const last = [
      get('/api/v1/status/liveness', 1000),
      get('/health', 1001, 'Connection: close\r\n'),
    ];
    const answers = await exchange(service.url, [...first, ...more, ...last].join(''), false);
    const statuses = answers.map(({ status }) => status);
    assert.equal(statuses.length, SERVED + MORE + 2);
    assert.deepEqual(statuses.slice(-2), [200, 200], 'probes');
    const refused = answers.filter(({ status }) => status === 503);
    // More or fewer than the line has room for only where the machine paused between two pieces, or for seconds.
    const served = SERVED + MORE - refused.length;
    assert.ok(refused.length > 2 && served >= SLOTS, `${refused.length} refused`);
    assert.ok(statuses.slice(0, served).every((status) => status === 404));
    for (const answer of refused) {
      const { headers, body } = answer;
      hasEveryHeader(answer, false, /^r-\d+$/);
      assert.match(headers.get('retry-after') ?? '', /^[123]$/);
      assert.equal(headers.get('vary'), 'Origin');
      assert.notEqual(headers.get('connection'), 'close', 'a new connection would cost more');
      const problem = JSON.parse(body) as Record<string, unknown>;
      assert.equal(problem['error_code'], 'SERVICE_UNAVAILABLE');
      assert.equal(problem['instance'], path);
      assert.equal(problem['retry_after'], Number(headers.get('retry-after')));
    }
    const one = (n: number) =>
      refused.find(({ headers }) => headers.get('x-request-id') === `r-${n}`);
    const origin = 'access-control-allow-origin';
    assert.equal(one(TRACED)?.headers.get(origin), 'https://app.example.com');
    assert.match(one(TRACED)?.body ?? '', new RegExp(`"trace_id":"${traceId}"`));
    assert.equal(one(FOREIGN)?.headers.get(origin), undefined);
    assert.deepEqual(
      [(await shed()) - shedBefore, (await counted()) - countedBefore],
      [refused.length, refused.length],
    );
  });

  it('refuses what the engine has no room for before it has read it, and counts it as refused', async () => {
    const count = async () => ({
      shed: await metric('http_requests_shed_total', { reason: 'engine_full' }),
      refused: await metric('assessments_total', { outcome: 'refused' }),
    });
    const before = await count();
    // Different ones: what is the same is assessed once.
    const submissions = Array.from({ length: SERVED }, (_, n) => {
      const content = { code: `def f${n}(a):\n    return a + ${n}\n` };
      const body = JSON.stringify({ candidate_id: `c-${n}`, content });
      const type = 'Content-Type: application/json\r\n';
      return `${get('/', n, `${type}Content-Length: ${body.length}\r\n`).replace('GET /', 'POST /api/v1/assessments')}${body}`;
    });
    const read = get('/api/v1/candidates', 3000, 'Connection: close\r\n');
    const answers = await exchange(service.url, [...submissions, read].join(''), false);
    const refused = answers.filter(({ status }) => status === 503);
    const served = answers.filter(({ status }) => status === 201);
    assert.equal(answers.at(-1)?.status, 200, 'who does not need the engine');
    assert.equal(served.length + refused.length, SERVED);
    assert.ok(served.length > 8 && refused.length > SERVED / 2, `${served.length} served`);
    for (const answer of refused) hasEveryHeader(answer, false, /^r-\d+$/);
    const after = await count();
    assert.deepEqual(
      [after.shed - before.shed, after.refused - before.refused],
      [refused.length, refused.length],
    );
  });

  it('has a line for each of those who hang up while they wait, and nothing in flight', async () => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    const lost = Array.from({ length: SERVED }, (_, n) => get('/api/v1/candidates', 5000 + n));
    socket.on('error', () => undefined);
    socket.write(lost.join(''), () => socket.destroy());
    const lines = () => service.log.filter((line) => /"request_id":"r-5\d{3}"/.test(line));
    await until(() => lines().length === SERVED);
    assert.ok(lines().filter((line) => line.includes('"aborted":true')).length >= SERVED - 8);
    await until(async () => {
      const text = await (await fetch(`${service.metricsUrl}/metrics`)).text();
      return /^http_requests_in_flight 0$/m.test(text);
    });
  });
});
