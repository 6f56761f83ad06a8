import assert from 'node:assert/strict';
import { request } from 'node:http';
import { once } from 'node:events';
import { trace as api } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Middleware, RequestState } from '#src/http/request/context.ts';
import { trace } from '#src/http/request/trace.ts';
import { withSpan } from '#test/support/with-span.ts';
import { factsAt } from '#test/support/route-facts.ts';
import { serve, type Served } from '#test/support/serve.ts';
import { until } from '#test/support/until.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const seen: { span: ReadableSpan; state: RequestState }[] = [];

const handler: Middleware = async (ctx) => {
  seen.push({ span: api.getActiveSpan() as unknown as ReadableSpan, state: ctx.state });
  switch (ctx.path) {
    case '/items/slow':
      await new Promise((resolve) => setTimeout(resolve, 30));
      ctx.body = 'slow';
      break;
    case '/items/throws':
      throw new Error('nobody catches this');
    case '/items/503':
      ctx.state.errorCode = 'SERVICE_UNAVAILABLE';
      ctx.status = 503;
      break;
    case '/items/raw':
      ctx.respond = false;
      ctx.res.end('raw');
      break;
    case '/items/hangs':
      await once(ctx.res, 'close');
      break;
    default:
      ctx.body = 'ok';
  }
};

describe('the trace middleware', () => {
  let app: Served;
  before(async () => {
    const factsOf = (_: string, path: string) =>
      path === '/probe'
        ? factsAt(path, { probe: true })
        : factsAt(path.startsWith('/items/') ? '/items/:id' : 'unmatched');
    app = await serve(trace({ factsOf }), handler);
  });
  after(() => app.close());
  beforeEach(() => {
    seen.length = 0;
  });

  const get = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${app.url}${path}`, init);
    await response.text();
    const first = seen[0];
    assert.ok(first);
    if (first.span.attributes !== undefined) await until(() => first.span.ended);
    return { response, timing: response.headers.get('server-timing') ?? '', ...first };
  };

  it('makes a server span by the semantic conventions and hands on its ids', async () => {
    const { span, state, timing } = await get('/items/7?token=x', {
      headers: { 'User-Agent': 'probe/1' },
    });
    assert.equal(span.name, 'GET /items/:id');
    assert.equal(span.kind, 1);
    assert.deepEqual(span.attributes, {
      'http.request.method': 'GET',
      'http.route': '/items/:id',
      'http.response.status_code': 200,
      'url.path': '/items/7',
      'url.scheme': 'http',
      'network.protocol.version': '1.1',
      'user_agent.original': 'probe/1',
      request_id: state.requestId,
    });
    const ids = span.spanContext();
    assert.deepEqual(
      [state.route, state.trace.traceId, state.trace.spanId],
      ['/items/:id', ids.traceId, ids.spanId],
    );
    assert.ok(
      timing.startsWith(`trace;desc="00-${ids.traceId}-${ids.spanId}-01", total;dur=`),
      timing,
    );
  });

  it('continues a trace, whether its flag is 00 or 01', async () => {
    for (const flag of ['00', '01']) {
      seen.length = 0;
      const { span, timing } = await get('/items/7', {
        headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-${flag}` },
      });
      assert.equal(span.spanContext().traceId, traceId);
      assert.equal(span.parentSpanContext?.spanId, '00f067aa0ba902b7');
      assert.equal(span.spanContext().traceFlags, 1);
      assert.ok(timing.includes(`-${span.spanContext().spanId}-01"`));
    }
  });

  it('measures until the headers are written', async () => {
    const { timing } = await get('/items/slow');
    assert.ok(Number(/dur=([\d.]+)/.exec(timing)?.[1]) >= 25, timing);
  });

  for (const path of ['/items/throws', '/items/raw', '/nowhere', '/items/503']) {
    it(`announces the trace on ${path} as well`, async () => {
      assert.match(
        (await get(path)).timing,
        /^trace;desc="00-[0-9a-f]{32}-[0-9a-f]{16}-01", total;dur=\d/,
      );
    });
  }

  it('marks a 5xx with the public error code, else with the status', async () => {
    const known = await get('/items/503');
    assert.deepEqual(
      [known.span.status.code, known.span.attributes['error.type']],
      [2, 'SERVICE_UNAVAILABLE'],
    );
    seen.length = 0;
    const unknown = await get('/items/throws');
    assert.deepEqual([unknown.span.status.code, unknown.span.attributes['error.type']], [2, '500']);
    assert.equal(unknown.span.attributes['http.response.status_code'], 500);
  });

  it('has no route and a short name where nothing matched, and folds strange methods', async () => {
    const unmatched = await get('/nowhere');
    assert.equal(unmatched.span.name, 'GET');
    assert.equal(unmatched.span.attributes['http.route'], undefined);
    assert.equal(unmatched.state.route, 'unmatched');
    seen.length = 0;
    const strange = await get('/items/7', { method: 'PURGE' });
    assert.equal(strange.span.name, 'HTTP /items/:id');
    assert.equal(strange.span.attributes['http.request.method'], '_OTHER');
    assert.equal(strange.span.attributes['http.request.method_original'], 'PURGE');
  });

  it('ends the span of a client that left, and says so', async () => {
    const outgoing = request(`${app.url}/items/hangs`).end();
    outgoing.on('error', () => {});
    await until(() => seen.length === 1);
    outgoing.destroy();
    const { span } = seen[0] ?? {};
    await until(() => span?.ended === true);
    assert.equal(span?.attributes['http.client_aborted'], true);
    assert.equal(span.attributes['http.response.status_code'], undefined);
  });

  it('gives a probe ids but no span, nor a span to what runs below', async () => {
    const { span, state, timing } = await get('/probe');
    assert.equal(span.attributes, undefined);
    assert.match(state.trace.traceId, /^(?!0{32})[0-9a-f]{32}$/);
    assert.equal(
      timing.split(',')[0],
      `trace;desc="00-${state.trace.traceId}-${state.trace.spanId}-00"`,
    );
    seen.length = 0;
    const continued = await get('/probe', {
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    });
    assert.equal(continued.state.trace.traceId, traceId);
  });

  it('suppresses spans below a probe', async () => {
    const recording: boolean[] = [];
    const factsOf = (_: string, path: string) => factsAt(path, { probe: path === '/probe' });
    const probe = await serve(trace({ factsOf }), async (ctx) => {
      await withSpan('query', {}, (span) => recording.push(span.isRecording()));
      ctx.body = 'ok';
    });
    await (await fetch(`${probe.url}/probe`)).text();
    await (await fetch(`${probe.url}/other`)).text();
    await probe.close();
    assert.deepEqual(recording, [false, true]);
  });
});
