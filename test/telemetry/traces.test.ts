/** The whole of tracing, seen from outside: a real process with the preload, real PostgreSQL, real Redis, a collector. */
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { testServer } from '#test/support/database.ts';
import {
  startOtlpReceiver,
  type OtlpReceiver,
  type ReceivedSpan,
} from '#test/support/otlp-receiver.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { runFilePreloaded, type Run } from '#test/support/run-node.ts';
import { until } from '#test/support/until.ts';

const SECRET = 'geheim4711';
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${TRACE_ID}-00f067aa0ba902b7-00`;

for (const protocol of ['http/protobuf', 'http/json']) {
  describe(`a traced process that sends ${protocol}`, () => {
    let receiver: OtlpReceiver;
    let redis: RedisServer;
    let run: Run;
    let output: Awaited<Run['result']>;
    let metrics = '';
    let answer: Response;
    let failure: Response;

    before(async () => {
      receiver = await startOtlpReceiver();
      redis = await startRedisServer();
      run = runFilePreloaded('./test/support/traced-app.ts', {
        APP_ENV: 'testing',
        DATABASE_URL: (await testServer()).url.replace(/\/[^/]*$/, '/postgres'),
        REDIS_URL: redis.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_BSP_SCHEDULE_DELAY: '20',
      });
      const { port, metricsPort } = await firstLine(run);
      const url = `http://127.0.0.1:${port}`;
      const headers = {
        traceparent,
        tracestate: `vendor=${SECRET}`,
        baggage: `secret=${SECRET},tenant.tier=gold`,
        Authorization: `Bearer ${SECRET}`,
        'X-API-Key': SECRET,
        Cookie: `session=${SECRET}`,
      };
      answer = await fetch(`${url}/v1/items/7?token=${SECRET}`, { headers });
      failure = await fetch(`${url}/v1/items`, { method: 'POST', body: SECRET, headers });
      await fetch(`${url}/v1/items/8`, { headers: { 'X-Refuse': '1' } });
      await fetch(`${url}/nowhere`);
      await fetch(`${url}/health`);
      metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      await until(() => receiver.spans.some((span) => span.name === 'GET'));
      run.child.kill('SIGTERM');
      output = await run.result;
    });
    after(async () => {
      run.child.kill('SIGKILL');
      await redis.stop();
      await receiver.close();
    });

    const byName = (name: string): ReceivedSpan[] =>
      receiver.spans.filter((span) => span.name === name);
    const one = (name: string): ReceivedSpan => {
      const [span] = byName(name);
      assert.ok(span, `no span "${name}" among ${receiver.spans.map((s) => s.name).join(', ')}`);
      return span;
    };
    const childrenOf = (span: ReceivedSpan) =>
      receiver.spans.filter(({ parentSpanId }) => parentSpanId === span.spanId).map((s) => s.name);

    it('answers, and ends by itself', () => {
      assert.equal(answer.status, 200);
      assert.equal(failure.status, 500);
      assert.equal(output.code, 0, output.stderr);
      assert.equal(output.stderr, '');
      assert.deepEqual(
        [...receiver.contentTypes],
        [protocol === 'http/json' ? 'application/json' : 'application/x-protobuf'],
      );
    });

    it('makes one tree of a request: server, SQL, Redis, own stages, outbound calls', () => {
      const server = one('GET /v1/items/:id');
      assert.equal(server.kind, 2);
      assert.deepEqual(childrenOf(server).toSorted(), [
        'GET',
        'GET',
        'SELECT',
        'SELECT pg_class',
        'engine.run',
        'set',
      ]);
      assert.deepEqual(childrenOf(one('engine.run')), ['engine.parse']);
    });

    it("continues the caller's trace and decides itself to record it", () => {
      const server = one('GET /v1/items/:id');
      assert.equal(server.traceId, TRACE_ID);
      assert.equal(server.parentSpanId, '00f067aa0ba902b7');
      assert.match(
        answer.headers.get('server-timing') ?? '',
        new RegExp(`^trace;desc="00-${TRACE_ID}-${server.spanId}-01", total;dur=\\d+\\.\\d+$`),
      );
    });

    it('passes the trace on to outbound calls, whatever client makes them', () => {
      const hooks = byName('GET /v1/hooks/:id');
      assert.equal(hooks.length, 2);
      const clients = byName('GET').filter(({ kind }) => kind === 3);
      assert.deepEqual(
        hooks.map(({ parentSpanId }) => parentSpanId).toSorted(),
        clients.map(({ spanId }) => spanId).toSorted(),
      );
      for (const { traceId } of [...hooks, ...clients]) assert.equal(traceId, TRACE_ID);
    });

    it('describes the request by the semantic conventions', () => {
      const { attributes, status } = one('GET /v1/items/:id');
      assert.equal(attributes['http.request.method'], 'GET');
      assert.equal(attributes['http.route'], '/v1/items/:id');
      assert.equal(attributes['url.path'], '/v1/items/:id', 'no parameter leaves the process');
      assert.equal(attributes['http.response.status_code'], 200);
      assert.equal(attributes['request_id'], 'request-1');
      assert.equal(status.code, 0);
      const failed = one('POST /v1/items');
      assert.equal(failed.status.code, 2);
      assert.equal(failed.attributes['error.type'], 'INTERNAL_ERROR');
    });

    it('reports the route that matched when router.use answers', () => {
      const [, refused] = byName('GET /v1/items/:id');
      assert.equal(refused?.attributes['http.response.status_code'], 429);
      assert.equal(refused.attributes['http.route'], '/v1/items/:id');
    });

    it('names what matches no route by its method, and does not record probes', () => {
      const unmatched = receiver.spans.filter(({ name, kind }) => name === 'GET' && kind === 2);
      assert.deepEqual(
        unmatched.map(({ attributes }) => [
          attributes['http.response.status_code'],
          attributes['url.path'],
        ]),
        [[404, undefined]],
      );
    });

    it('strips literals from SQL and keys from Redis', () => {
      const sql = one('SELECT pg_class').attributes;
      assert.equal(
        sql['db.query.text'],
        'select ?::text as "value" from "pg_catalog"."pg_class" limit ?',
      );
      assert.equal(sql['db.query.summary'], 'SELECT pg_class');
      assert.equal(one('set').attributes['db.query.text'], 'set');
      const bad = one('SELECT');
      assert.deepEqual([bad.status, bad.events], [{ code: 2, message: '' }, []]);
    });

    it('makes no span of its own for connects and start-up queries', () => {
      const roots = receiver.spans.filter(({ parentSpanId }) => parentSpanId === '');
      assert.deepEqual(
        roots.filter(({ kind }) => kind !== 2),
        [],
      );
    });

    it('says who it is, and neither its command line nor its user', () => {
      const { resource } = one('POST /v1/items');
      assert.equal(resource['service.name'], 'sono-eval');
      assert.match(String(resource['service.version']), /^\d+\.\d+\.\d+$/);
      assert.equal(resource['deployment.environment.name'], 'testing');
      assert.match(String(resource['service.instance.id']), /^[0-9a-f-]{36}$/);
      assert.deepEqual(
        Object.keys(resource).filter((key) => key.startsWith('process.')),
        [],
      );
    });

    it('writes the trace ids into the log lines of the request', () => {
      const lines = output.stdout
        .split('\n')
        .filter((line) => line.includes('"message"'))
        .map((line) => JSON.parse(line) as Record<string, string>);
      const server = one('GET /v1/items/:id');
      const mine = lines.filter(({ span_id }) => span_id === server.spanId);
      assert.deepEqual(
        mine.map(({ message, trace_id, trace_flags }) => [message, trace_id, trace_flags]),
        [
          ['asked for an item', TRACE_ID, '01'],
          ['Request handled', TRACE_ID, '01'],
        ],
      );
      const failed = lines.find((entry) => entry['level'] === 'error');
      assert.equal(failed?.['trace_id'], TRACE_ID);
      assert.equal(failed['exception.message'], 'insert into "items" values (?) - failed');
    });

    it('counts operations of both stores, outbound calls and its own spans', () => {
      assert.match(metrics, /db_client_operation_duration_seconds_count\{.*"postgresql".*\} [1-9]/);
      assert.match(metrics, /db_client_operation_duration_seconds_count\{.*"redis".*"SET".*\} 1\n/);
      assert.match(metrics, /http_client_request_duration_seconds_count\{.*"127\.0\.0\.1".*\} 2\n/);
      assert.match(metrics, /db_client_connections\{db_client_connection_state="idle"\} \d/);
      assert.match(metrics, /otel_sdk_processor_span_queue_capacity 2048\n/);
    });

    it('lets no secret out: not of query, header, body, SQL, key or error text', () => {
      assert.ok(receiver.spans.length > 8);
      assert.ok(!JSON.stringify(receiver.spans).includes(SECRET), 'in a span');
      assert.ok(!output.stdout.includes(SECRET), 'in a log line');
      assert.ok(!output.stderr.includes(SECRET), 'on stderr');
      assert.ok(!metrics.includes(SECRET), 'in a metric');
    });
  });
}

async function firstLine(run: Run): Promise<{ port: number; metricsPort: number }> {
  assert.ok(run.child.stdout);
  for await (const line of createInterface({ input: run.child.stdout })) {
    if (line.startsWith('{"port"'))
      return JSON.parse(line) as { port: number; metricsPort: number };
  }
  throw new Error(`The process ended: ${(await run.result).stderr}`);
}
