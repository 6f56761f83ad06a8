import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import type { Middleware } from '#src/http/request/context.ts';
import { requestMetrics } from '#src/http/request/request-metrics.ts';
import { trace } from '#src/http/request/trace.ts';
import { renderMetrics } from '#telemetry/metrics.ts';
import { parseExposition } from '#test/support/exposition-parser.ts';
import { factsAt } from '#test/support/route-facts.ts';
import { serve, type Served } from '#test/support/serve.ts';
import { until } from '#test/support/until.ts';

let hanging = 0;
const handler: Middleware = async (ctx) => {
  switch (ctx.path) {
    case '/hangs':
      hanging++;
      await once(ctx.req.socket, 'close');
      hanging--;
      break;
    case '/waits':
      await new Promise(() => {});
      break;
    case '/stream':
      ctx.respond = false;
      ctx.res.writeHead(200);
      ctx.res.write('first');
      break;
    case '/defect':
      ctx.state.errorCode = 'INTERNAL_ERROR';
      ctx.status = 500;
      break;
    case '/limited':
      ctx.state.errorCode = 'RATE_LIMIT_EXCEEDED';
      ctx.status = 429;
      break;
    default:
      for await (const _ of ctx.req) void _;
      ctx.body = 'x'.repeat(300);
  }
};

async function metrics() {
  const { body } = await renderMetrics('application/openmetrics-text');
  const families = parseExposition(body, 'openmetrics');
  /** Sum of the samples whose labels include these. */
  return (name: string, labels: Record<string, string> = {}) =>
    [...families.values()]
      .flatMap(({ samples }) => samples)
      .filter((sample) => sample.name === name)
      .filter((sample) =>
        Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
      )
      .reduce((sum, { value }) => sum + value, 0);
}

const failing = { method: 'GET', route: '/metrics-test/failing', statuses: [500, 503] };

describe('request metrics', () => {
  let app: Served;
  before(async () => {
    // Routes of this file only: the registry is shared with other tests.
    const factsOf = (_: string, path: string) =>
      factsAt(`/metrics-test${path.startsWith('/id/') ? '/id/:id' : path}`);
    app = await serve(trace({ factsOf }), requestMetrics([failing]), handler);
  });
  after(() => app.close());

  const count = async (path: string, status: string, method = 'GET') =>
    (await metrics())('http_request_duration_seconds_count', {
      route: `/metrics-test${path}`,
      status_code: status,
      method,
    });
  const inFlight = async () => (await metrics())('http_requests_in_flight');

  it('count each request once, by method, route and status, also on one connection', async () => {
    for (let i = 0; i < 3; i++) await (await fetch(`${app.url}/id/${i}`)).text();
    await (await fetch(`${app.url}/id/9`, { method: 'HEAD' })).text();
    await until(async () => (await count('/id/:id', '200', 'HEAD')) === 1);
    assert.equal(await count('/id/:id', '200'), 3);
    assert.equal(await inFlight(), 0);
  });

  it('have the failures of a route before the first of them, and none that it does not declare', async () => {
    const { body } = await renderMetrics('text/plain');
    const counts = body
      .split('\n')
      .filter((line) => line.startsWith('http_request_duration_seconds_count{'))
      .filter((line) => line.includes(`route="${failing.route}"`));
    assert.deepEqual(
      counts.map((line) => /status_code="(\d+)"} (\d+)$/.exec(line)?.slice(1)),
      [
        ['500', '0'],
        ['503', '0'],
      ],
    );
  });

  it('have an exemplar that leads to the trace', async () => {
    const response = await fetch(`${app.url}/exemplar`);
    await response.text();
    const traceId = /00-([0-9a-f]{32})/.exec(response.headers.get('server-timing') ?? '')?.[1];
    await until(async () => (await count('/exemplar', '200')) === 1);
    const { body } = await renderMetrics('application/openmetrics-text');
    const line = body
      .split('\n')
      .find((text) => text.includes('/metrics-test/exemplar') && text.includes(' # '));
    assert.match(line ?? '', new RegExp(`trace_id="${traceId}"`));
  });

  it('count bodies, and do not believe a length that never came', async () => {
    await (await fetch(`${app.url}/sized`, { method: 'POST', body: 'y'.repeat(2000) })).text();
    const socket = connect(app.port, '127.0.0.1');
    socket.write('POST /lies HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\nabc');
    await until(async () => (await inFlight()) === 1);
    socket.destroy();
    await until(async () => (await count('/lies', '499', 'POST')) === 1);
    const read = await metrics();
    assert.equal(read('http_request_size_bytes_sum', { route: '/metrics-test/sized' }), 2000);
    assert.equal(read('http_response_size_bytes_sum', { route: '/metrics-test/sized' }), 300);
    assert.ok(read('http_request_size_bytes_sum', { route: '/metrics-test/lies' }) < 1000);
  });

  it('count clients that left before and during the answer, and leak nothing', async () => {
    for (const path of ['/hangs', '/stream']) {
      const outgoing = request(`${app.url}${path}`).end();
      outgoing.on('error', () => {});
      if (path === '/stream') await once(outgoing, 'response');
      else await until(() => hanging === 1);
      assert.equal(await inFlight(), 1);
      outgoing.destroy();
      await until(async () => (await inFlight()) === 0);
    }
    assert.equal(await count('/hangs', '499'), 1);
    assert.equal(await count('/stream', '200'), 1);
    const read = await metrics();
    assert.equal(read('http_requests_aborted_total', { route: '/metrics-test/hangs' }), 1);
    assert.equal(read('http_requests_aborted_total', { route: '/metrics-test/stream' }), 1);
  });

  it('leak nothing when a connection dies with pipelined requests waiting', async () => {
    const socket = connect(app.port, '127.0.0.1');
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on('warning', onWarning);
    socket.write('GET /waits HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(30));
    await until(async () => (await inFlight()) === 30);
    socket.destroy();
    await until(async () => (await inFlight()) === 0);
    assert.equal(await count('/waits', '499'), 30);
    process.off('warning', onWarning);
    assert.deepEqual(warnings, []);
  });

  it('count public errors as operational, and what nobody foresaw as a defect', async () => {
    const read = await metrics();
    const before = [
      read('app_errors_total', { code: 'INTERNAL_ERROR', kind: 'defect' }),
      read('app_errors_total', { code: 'RATE_LIMIT_EXCEEDED', kind: 'operational' }),
    ];
    await (await fetch(`${app.url}/defect`)).text();
    await (await fetch(`${app.url}/limited`)).text();
    await until(async () => (await count('/limited', '429')) === 1);
    const after = await metrics();
    assert.deepEqual(
      [
        after('app_errors_total', { code: 'INTERNAL_ERROR', kind: 'defect' }),
        after('app_errors_total', { code: 'RATE_LIMIT_EXCEEDED', kind: 'operational' }),
      ],
      before.map((n) => n + 1),
    );
  });
});
