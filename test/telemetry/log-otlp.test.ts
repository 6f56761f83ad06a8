/** The log store as a third place for lines, with every fault of it, and every line counted. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { emptyResource, resourceFromAttributes } from '@opentelemetry/resources';
import { createOtlpTarget, otlpLogTargets } from '#telemetry/log-otlp.ts';
import { createLogger, type LoggerOptions } from '#telemetry/logger.ts';
import { renderMetrics } from '#telemetry/metrics.ts';
import { telemetry } from '#telemetry/start.ts';
import { activeTrace } from '#telemetry/tracing.ts';
import { startOtlpReceiver, type OtlpReceiver } from '#test/support/otlp-receiver.ts';
import { runPreloaded } from '#test/support/run-node.ts';
import { until } from '#test/support/until.ts';
import { withSpan } from '#test/support/with-span.ts';

type Line = Record<string, unknown>;

/** Bounds nothing that is tested. */
const LONG_MS = 60_000;
/** For a store that hangs; where it does not, an attempt that is late is made again. */
const SHORT_MS = 100;
const resource = resourceFromAttributes({
  'service.name': telemetry.serviceName,
  'service.instance.id': telemetry.instanceId,
  'host.name': 'here',
});

function loggerTo(
  endpoint: string,
  { timeoutMs = LONG_MS, ...options }: Partial<LoggerOptions> & { timeoutMs?: number } = {},
) {
  const text: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      text.push(String(chunk));
      done();
    },
  });
  const exporter = new OTLPLogExporter({
    url: `${endpoint}/v1/logs`,
    timeoutMillis: timeoutMs,
    concurrencyLimit: 1,
  });
  const log = createLogger({
    level: 'debug',
    serviceVersion: '1.2.3',
    environment: 'testing',
    stream,
    store: createOtlpTarget({ exporter, resource, timeoutMs }),
    closeMs: LONG_MS,
    ...options,
  });
  const lines = () => text.map((line) => JSON.parse(line) as Line);
  return {
    log,
    lines,
    named: (event: string) => lines().filter((line) => line['event.name'] === event),
    write: (from: number, to: number) => {
      for (let n = from; n < to; n++) log.info('counted', { n, always: true });
    },
    numbers: () => lines().flatMap(({ n }) => (typeof n === 'number' ? [n] : [])),
  };
}

async function dropped(): Promise<number> {
  const { body } = await renderMetrics(undefined);
  return Number(/^log_lines_dropped_total\{sink="otlp"\} (\d+)$/m.exec(body)?.[1]);
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('a log store', () => {
  let receiver: OtlpReceiver;
  beforeEach(async () => {
    receiver = await startOtlpReceiver();
  });
  afterEach(() => receiver.close());

  const stored = () =>
    receiver.logs.flatMap(({ attributes: { n } }) => (typeof n === 'number' ? [n] : []));

  it('gets every line as a record: redacted, with its trace and severity, its resource once', async () => {
    const { log, lines } = loggerTo(receiver.endpoint);
    const ids = await withSpan('x', {}, () => {
      log.warn('two\nlines', {
        n: 1,
        part: 0.5,
        is: true,
        none: null,
        password: 'GEHEIM',
        text: 'Bearer GEHEIMGEHEIM',
        nested: { list: ['bob@example.com', 2] },
      });
      return activeTrace();
    });
    log.debug('debug');
    log.info('info');
    log.error('error', { error: new Error('token=GEHEIM') });
    await log.fatal('fatal', {});
    assert.deepEqual(
      receiver.logs.map(({ severityText, severityNumber }) => [severityText, severityNumber]),
      [
        ['warn', 13],
        ['debug', 5],
        ['info', 9],
        ['error', 17],
        ['fatal', 21],
      ],
    );
    const [first] = receiver.logs;
    assert.deepEqual(first, {
      time: Date.parse(String(lines()[0]?.['timestamp'])),
      severityNumber: 13,
      severityText: 'warn',
      body: 'two\nlines',
      traceId: ids.traceId,
      spanId: ids.spanId,
      attributes: {
        'service.version': '1.2.3',
        'deployment.environment.name': 'testing',
        n: 1,
        part: 0.5,
        is: true,
        password: '[redacted]',
        text: 'Bearer [redacted]',
        nested: { list: ['[email]', 2] },
      },
      resource: {
        'service.name': 'sono-eval',
        'service.instance.id': telemetry.instanceId,
        'host.name': 'here',
      },
    });
    assert.equal(receiver.logs[1]?.traceId, '');
    assert.equal(receiver.logs[3]?.attributes['exception.message'], 'token=[redacted]');
    assert.ok(!JSON.stringify(receiver.logs).includes('GEHEIM'));
  });

  it('is told of a line in a request without a span, a trace or a figure of that request', async () => {
    const { log } = loggerTo(receiver.endpoint);
    await withSpan('a request', {}, async () => {
      log.info('inside');
      await until(() => receiver.logs.length === 1);
    });
    await log.close();
    assert.deepEqual(
      receiver.logRequests.map(({ traceparent }) => traceparent),
      [undefined],
    );
    const { body } = await renderMetrics(undefined, telemetry.collect);
    assert.ok(body.includes('target_info'), 'the figures of OpenTelemetry are there');
    assert.ok(!body.includes(`server_port="${new URL(receiver.endpoint).port}"`), body);
  });

  it('gets the lines of a moment in few requests, and all of them before an ordered stop', async () => {
    const before = await dropped();
    const { log, write } = loggerTo(receiver.endpoint);
    write(0, 5000);
    await log.close();
    assert.deepEqual(stored(), upTo(5000));
    assert.equal(receiver.logRequests.length, 5);
    assert.equal(await dropped(), before);
  });

  const faults: Record<string, { answer: number | 'hang' | 'closed'; reason: RegExp }> = {
    'fails for good (500)': { answer: 500, reason: /^http_500$/ },
    'is not there (404)': { answer: 404, reason: /^http_404$/ },
    'is overloaded (503)': { answer: 503, reason: /^unavailable$/ },
    hangs: { answer: 'hang', reason: /^(unavailable|ETIMEDOUT)$/ },
    'refuses connections': { answer: 'closed', reason: /^ECONNREFUSED$/ },
  };
  for (const [name, { answer, reason }] of Object.entries(faults)) {
    it(`that ${name} costs counted lines of its own and goes on by itself`, async () => {
      const before = await dropped();
      const { port } = new URL(receiver.endpoint);
      const { log, write, numbers, named } = loggerTo(receiver.endpoint, {
        limits: { maxLines: 50 },
        timeoutMs: SHORT_MS,
      });
      if (answer === 'closed') await receiver.close();
      else receiver.answerLogs(answer);
      write(0, 50);
      await until(() => named('log.sink_failed').length > 0);
      write(50, 200);
      assert.equal((await dropped()) - before, 150, '50 lines wait');
      let next = 200;
      const another = () => write(next, ++next);
      const tried = receiver.logRequests.length;
      await until(() => {
        another();
        return answer === 'closed' || receiver.logRequests.length > tried;
      });
      assert.equal(log.trouble(), null, 'this machine is well');

      if (answer === 'closed') receiver = await startOtlpReceiver(Number(port));
      else receiver.answerLogs(200);
      await until(() => {
        another();
        return named('log.sink_recovered').length > 0;
      });
      const [recovered] = named('log.sink_recovered');
      const lost = (await dropped()) - before;
      another();
      await until(() => stored().includes(next - 1));
      await log.close();

      assert.deepEqual(numbers(), upTo(next), 'the other places have every line');
      const [failed, ...more] = named('log.sink_failed');
      assert.deepEqual([failed?.['sink'], more], ['otlp', []]);
      assert.match(String(failed?.['reason']), reason);
      assert.equal(recovered?.['lines_dropped'], lost);
      // Each line is either there or counted.
      assert.equal(new Set(stored()).size + lost, next);
    });
  }

  it('that hangs holds no stop beyond its bound, and what it did not take is counted', async () => {
    const before = await dropped();
    receiver.answerLogs('hang');
    const { log, write, numbers } = loggerTo(receiver.endpoint, { closeMs: 20 });
    write(0, 10);
    await log.close();
    assert.equal((await dropped()) - before, 10);
    assert.deepEqual(numbers(), upTo(10));
  });

  it('is not told of what its exporter says of sending lines: that would never end', async () => {
    const source = `
      import { captureConsole } from '#telemetry/capture-console.ts';
      import { createLogger } from '#telemetry/logger.ts';
      const log = createLogger({ level: 'debug', serviceVersion: '1', environment: 'testing' });
      captureConsole(log);
      log.info('the line', { always: true });
      process.on('SIGUSR2', async () => {
        await log.close();
        process.exit(0);
      });
      setInterval(() => {}, 1000);`;
    const { child, result } = runPreloaded(source, {
      OTEL_LOG_LEVEL: 'verbose',
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${receiver.endpoint}/v1/logs`,
    });
    const said: string[] = [];
    child.stdout?.on('data', (chunk: Buffer) => said.push(String(chunk)));
    await until(() => said.join('').includes('Export succeeded'));
    child.kill('SIGUSR2');
    const { code, stdout } = await result;
    assert.equal(code, 0);
    assert.ok(stdout.includes('"event.name":"console"'), 'it is in the other places');
    const told = receiver.logs.map(({ attributes }) => String(attributes['text']));
    assert.deepEqual(
      told.filter((text) => text.includes('Export')),
      [],
    );
    assert.ok(receiver.logs.some(({ body }) => body === 'the line'));
  });

  it('is told why the process ends, with what waited before it', async () => {
    const source = `
      import { createLogger } from '#telemetry/logger.ts';
      import { crash } from '#telemetry/start.ts';
      const log = createLogger({ level: 'info', serviceVersion: '1', environment: 'testing' });
      crash.reportTo(log);
      log.info('waits');
      setTimeout(() => { throw new Error('password=GEHEIM') }, 1);`;
    const { code, stderr } = await runPreloaded(source, {
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=pod%201,other=x',
    }).result;
    assert.deepEqual([code, stderr], [1, '']);
    assert.deepEqual(
      receiver.logs.map(({ body, attributes }) => [body, attributes['exception.message']]),
      [
        ['waits', undefined],
        ['The process ends: an error was not caught', 'password=[redacted]'],
      ],
    );
    assert.deepEqual(
      receiver.logs.map(({ resource: of }) => [of['service.instance.id'], of['other']]),
      [
        ['pod 1', 'x'],
        ['pod 1', 'x'],
      ],
    );
    assert.deepEqual([...receiver.contentTypes], ['application/json']);
  });
});

describe('whether there is a log store', () => {
  const LOGS = 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT';
  const ALL = 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const url = 'http://127.0.0.1:9';
  const cases: [env: Record<string, string>, sent: boolean, warnings?: number][] = [
    [{}, false],
    [{ [ALL]: url }, false],
    [{ [LOGS]: url }, true],
    [{ OTEL_LOGS_EXPORTER: 'otlp' }, true],
    [{ OTEL_LOGS_EXPORTER: 'otlp', [ALL]: url }, true],
    [{ OTEL_LOGS_EXPORTER: 'none', [LOGS]: url }, false],
    [{ OTEL_LOGS_EXPORTER: '', [LOGS]: url }, true],
    [{ OTEL_LOGS_EXPORTER: 'console', [LOGS]: url }, false, 1],
    [{ [LOGS]: 'nowhere' }, false, 1],
    [{ OTEL_LOGS_EXPORTER: 'otlp', [ALL]: 'nowhere' }, false, 1],
    [{ [LOGS]: url, OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'grpc' }, true, 1],
  ];
  for (const [env, sent, warnings = 0] of cases) {
    it(`is said by ${JSON.stringify(env)}: ${sent ? 'yes' : 'no'}`, () => {
      const warned: string[] = [];
      const targets = otlpLogTargets(env, emptyResource(), (message) => warned.push(message));
      assert.deepEqual([targets !== null, warned.length], [sent, warnings], warned.join());
    });
  }
});
