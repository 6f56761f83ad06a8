import assert from 'node:assert/strict';
import { SpanStatusCode, type Attributes, type Span } from '@opentelemetry/api';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace';
import { createCleanExporter } from '#telemetry/span-exporter.ts';

function exported(attributes: Attributes): ReadableSpan {
  const memory = new InMemorySpanExporter();
  const provider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: createCleanExporter(memory, () => {}) })],
  });
  const span = provider.getTracer('test').startSpan('call se_live_GEHEIM47', { attributes });
  span.recordException(new Error('GEHEIM'));
  span.addEvent('retry', { note: 'Bearer GEHEIM47', attempt: 2 });
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'GEHEIM' });
  span.end();
  const [first] = memory.getFinishedSpans();
  assert.ok(first);
  return first;
}

describe('an exported span', () => {
  it('holds no secret of any attribute, event, status or name', () => {
    const span = exported({
      'url.full': 'https://u:GEHEIM@hooks.example.com/path/GEHEIM?token=GEHEIM',
      'url.query': '?token=GEHEIM',
      'url.path': '/path/GEHEIM',
      'db.postgresql.values': ['GEHEIM'],
      'api.token': 'GEHEIM',
      note: 'password=GEHEIM',
      list: ['ok', 'Bearer GEHEIM47'],
      count: 3,
    });
    const { name, attributes, events, status } = span;
    assert.ok(!JSON.stringify({ name, attributes, events, status }).includes('GEHEIM'));
    assert.equal(attributes['url.full'], 'https://hooks.example.com');
    assert.equal(attributes['count'], 3);
    assert.deepEqual(
      events.map((event) => event.name),
      ['retry'],
    );
    assert.equal(events[0]?.attributes?.['attempt'], 2);
    assert.deepEqual(status, { code: SpanStatusCode.ERROR });
    assert.equal(attributes['otel.status_code'], 'ERROR');
  });

  it('tells the name of a request as the client gave it, and an id of digits', () => {
    const id = '4111111111111111';
    const { attributes } = exported({ request_id: id, message_id: id, note: id });
    const { request_id, message_id, note } = attributes;
    assert.deepEqual([request_id, message_id, note], [id, id, '[card]']);
  });

  it('tells the route in place of the path, and keeps ids and times', () => {
    const path = { 'url.path': '/api/v1/candidates/ada' };
    const span = exported({ ...path, 'http.route': '/api/v1/candidates/:id' });
    assert.equal(span.attributes['url.path'], '/api/v1/candidates/:id');
    assert.equal(exported(path).attributes['url.path'], undefined);
    assert.match(span.spanContext().traceId, /^[0-9a-f]{32}$/);
    assert.ok(span.ended);
    assert.ok(span.duration[0] >= 0);
  });
});

describe('an exported span of a failed operation', () => {
  const failed = (attributes: Attributes, exception: Parameters<Span['recordException']>[0]) => {
    const memory = new InMemorySpanExporter();
    const exporter = createCleanExporter(memory, () => {});
    const provider = new TracerProvider({
      spanProcessors: [new SimpleSpanProcessor({ exporter })],
    });
    const span = provider.getTracer('test').startSpan('SELECT', { attributes });
    span.recordException(exception);
    span.end();
    return memory.getFinishedSpans()[0]?.attributes;
  };

  it('has its kind, and the SQLSTATE or reply, from the event that the instrumentation writes', () => {
    const sql = (code: string) => `PostgreSQL error of type 'error' occurred (code: ${code})`;
    assert.deepEqual(failed({}, sql('42P01')), {
      'error.type': '42P01',
      'db.response.status_code': '42P01',
    });
    assert.deepEqual(failed({}, sql('ECONNRESET')), { 'error.type': 'ECONNRESET' });
    assert.deepEqual(failed({}, sql('UNKNOWN')), { 'error.type': '_OTHER' });
    const redis = { 'db.system.name': 'redis' };
    const reply = { name: 'ReplyError', message: 'WRONGPASS invalid pair GEHEIM' };
    assert.deepEqual(failed(redis, reply), {
      ...redis,
      'error.type': 'ReplyError',
      'db.response.status_code': 'WRONGPASS',
    });
    const closed = { name: 'Error', message: "Stream isn't writeable" };
    assert.deepEqual(failed(redis, closed), { ...redis, 'error.type': 'Error' });
  });

  it('keeps the kind that was set', () => {
    assert.deepEqual(failed({ 'error.type': 'timeout' }, new TypeError('x')), {
      'error.type': 'timeout',
    });
  });
});

describe('a collector that fails', () => {
  it('is warned of once, and again after it has worked in between', () => {
    const results: ExportResult[] = [1, 1, 1, 0, 1].map((code) => ({
      code: code === 1 ? ExportResultCode.FAILED : ExportResultCode.SUCCESS,
    }));
    const warnings: string[] = [];
    const done: ExportResult[] = [];
    const inner = {
      export: (_: ReadableSpan[], finish: (result: ExportResult) => void) =>
        finish(results.shift() ?? { code: ExportResultCode.SUCCESS }),
      shutdown: () => Promise.resolve(),
    };
    const exporter = createCleanExporter(inner, (message) => warnings.push(message));
    const counts = [1, 2, 3, 4, 5].map(() => {
      exporter.export([], (result) => done.push(result));
      return warnings.length;
    });
    assert.deepEqual(counts, [1, 1, 1, 1, 2]);
    assert.equal(done.length, 5);
  });
});
