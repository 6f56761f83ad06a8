/** More requests than can be served at once, all in one piece, so that how many wait is no matter of time. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { exchange, hasEveryHeader } from '#test/http/server/raw-exchange.ts';
import { testService } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

const SERVED = 108;
const REFUSED = 40;

describe('a service that is asked for too much', () => {
  const service = testService({ ALLOWED_HOSTS: 'app.example.com' });
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
    const shed = () => metric('http_server_requests_shed_total', { reason: 'line_full' });
    const counted = () =>
      metric('http_request_duration_seconds_count', {
        route: '/api/v1/candidates/:id',
        status_code: '503',
      });
    const [shedBefore, countedBefore] = [await shed(), await counted()];
    const requests = [
      ...Array.from({ length: SERVED }, (_, n) => get('/api/v1/candidates/nobody', n)),
      ...Array.from({ length: REFUSED - 1 }, (_, n) =>
        get('/api/v1/candidates/nobody?x=1', SERVED + n, traced),
      ),
      get('/api/v1/candidates/nobody', SERVED + REFUSED - 1, foreign),
      get('/api/v1/status/liveness', 1000),
      get('/health', 1001, 'Connection: close\r\n'),
    ];
    const answers = await exchange(service.url, requests.join(''), false);
    const statuses = answers.map(({ status }) => status);
    assert.deepEqual(statuses, [
      ...Array.from({ length: SERVED }, () => 404),
      ...Array.from({ length: REFUSED }, () => 503),
      200,
      200,
    ]);
    const refused = answers.slice(SERVED, SERVED + REFUSED);
    for (const [n, answer] of refused.entries()) {
      const { headers, body } = answer;
      assert.match(headers.get('retry-after') ?? '', /^[123]$/);
      assert.equal(headers.get('x-request-id'), `r-${SERVED + n}`);
      assert.equal(headers.get('vary'), 'Origin');
      const problem = JSON.parse(body) as Record<string, unknown>;
      assert.equal(problem['error_code'], 'SERVICE_UNAVAILABLE');
      assert.equal(problem['instance'], '/api/v1/candidates/nobody');
      assert.equal(problem['retry_after'], Number(headers.get('retry-after')));
      const isOurs = n < REFUSED - 1;
      assert.equal(
        headers.get('access-control-allow-origin'),
        isOurs ? 'https://app.example.com' : undefined,
      );
      if (isOurs) assert.equal(problem['trace_id'], traceId);
      assert.notEqual(headers.get('connection'), 'close', 'a new connection would cost more');
      hasEveryHeader(answer, false, /^r-\d+$/);
    }
    assert.deepEqual(
      [(await shed()) - shedBefore, (await counted()) - countedBefore],
      [REFUSED, REFUSED],
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
