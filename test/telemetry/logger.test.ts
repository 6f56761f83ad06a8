import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { createLogger, type LoggerOptions } from '#telemetry/logger.ts';
import { renderMetrics } from '#telemetry/metrics.ts';
import { telemetry } from '#telemetry/start.ts';
import { activeTrace } from '#telemetry/tracing.ts';
import { withSpan } from '#test/support/with-span.ts';

function testLogger(options: Partial<LoggerOptions> = {}) {
  const text: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      text.push(String(chunk));
      done();
    },
  });
  const log = createLogger({
    level: 'debug',
    serviceVersion: '1.2.3',
    environment: 'testing',
    stream,
    ...options,
  });
  return {
    log,
    text,
    // oxlint-disable-next-line typescript/no-explicit-any
    lines: () => text.map((line) => JSON.parse(line) as Record<string, any>),
  };
}

describe('a log line', () => {
  it('is one line of JSON with time, level, message and service', () => {
    const { log, text, lines } = testLogger();
    log.info('two\nlines', { route: '/a', n: 1 });
    assert.equal(text.length, 1);
    assert.equal(text[0]?.trim().split('\n').length, 1);
    const { timestamp, ...rest } = lines()[0] ?? {};
    assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(rest, {
      level: 'info',
      message: 'two\nlines',
      'service.name': 'sono-eval',
      'service.version': '1.2.3',
      'service.instance.id': telemetry.instanceId,
      'deployment.environment.name': 'testing',
      route: '/a',
      n: 1,
    });
  });

  it('carries the ids of the active span and none outside of one', async () => {
    const { log, lines } = testLogger();
    const ids = await withSpan('x', {}, () => {
      log.info('inside', { trace_id: 'forged' });
      return activeTrace();
    });
    log.info('outside');
    const [inside, outside] = lines();
    assert.deepEqual(
      [inside?.['trace_id'], inside?.['span_id'], inside?.['trace_flags']],
      [ids.traceId, ids.spanId, '01'],
    );
    assert.equal(outside?.['trace_id'], undefined);
  });

  it('carries the trace that is named, since an answer ends outside of its own', async () => {
    const { log, lines } = testLogger();
    const named = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), flags: '01', sampled: true };
    await withSpan('another', {}, () => log.info('ended', { trace: named }));
    const { trace_id: traceId, span_id: spanId, trace_flags: flags, trace } = lines()[0] ?? {};
    assert.deepEqual([traceId, spanId, flags], [named.traceId, named.spanId, '01']);
    assert.equal(trace, undefined);
  });

  it('cannot be posed as: no field replaces time, level or message', () => {
    const { log, lines } = testLogger();
    log.info('real', { level: 'error', message: 'forged', timestamp: 'never' });
    assert.equal(lines()[0]?.['level'], 'info');
    assert.equal(lines()[0]?.['message'], 'real');
    assert.notEqual(lines()[0]?.['timestamp'], 'never');
  });

  it('has the fields of its child logger', () => {
    const { log, lines } = testLogger();
    log.child({ job: 'a' }).child({ attempt: 2 }).warn('x', { more: true });
    assert.equal(lines()[0]?.['level'], 'warn');
    assert.deepEqual(
      [lines()[0]?.['job'], lines()[0]?.['attempt'], lines()[0]?.['more']],
      ['a', 2, true],
    );
  });

  it('is written from the level on that is set', () => {
    const { log, lines } = testLogger({ level: 'warn' });
    log.debug('no');
    log.info('no');
    log.warn('yes');
    log.error('yes');
    assert.deepEqual(
      lines().map(({ level }) => level as string),
      ['warn', 'error'],
    );
  });

  it('is counted by level', async () => {
    const count = async () =>
      Number(
        /log_messages_total\{level="warn"\} (\d+)/.exec((await renderMetrics(undefined)).body)?.[1],
      );
    const before = await count();
    testLogger().log.warn('x');
    testLogger({ level: 'error' }).log.warn('x');
    assert.equal(await count(), before + 1);
  });
});

describe('the last line of a process', () => {
  it('is written at level fatal, whatever the level is, counted, and nothing after it', async () => {
    const logDir = mkdtempSync(join(tmpdir(), 'sono-log-'));
    const { log, lines } = testLogger({ level: 'error', logDir });
    const count = async () =>
      Number(
        /log_messages_total\{level="fatal"\} (\d+)/.exec(
          (await renderMetrics(undefined)).body,
        )?.[1],
      );
    const before = await count();
    await log.fatal('The end', { error: new Error('password=hunter2') });
    log.error('after');
    const written = readFileSync(join(logDir, 'sono-eval.log'), 'utf8');
    assert.deepEqual(JSON.parse(written), lines()[0]);
    assert.deepEqual([lines()[0]?.['level'], lines()[0]?.['message']], ['fatal', 'The end']);
    assert.equal(lines()[0]?.['exception.message'], 'password=[redacted]');
    assert.equal(await count(), before + 1);
    rmSync(logDir, { recursive: true });
  });
});

describe('an error in a log line', () => {
  it('keeps type, code, stack and the chain of causes', () => {
    const { log, lines } = testLogger();
    const root = Object.assign(new TypeError('root'), { code: 'ECONNREFUSED' });
    log.error('failed', {
      error: new Error('outer', { cause: new Error('middle', { cause: root }) }),
    });
    const line = lines()[0] ?? {};
    assert.equal(line['error.type'], 'Error');
    assert.equal(line['exception.type'], 'Error');
    assert.equal(line['exception.message'], 'outer');
    assert.match(line['exception.stacktrace'], /^Error: outer\n +at /);
    assert.equal(line['exception.cause'].message, 'middle');
    assert.equal(line['exception.cause'].cause.type, 'TypeError');
    assert.equal(line['exception.cause'].cause.code, 'ECONNREFUSED');
  });

  it('keeps the members of an AggregateError and survives cycles, getters and throws of non-errors', () => {
    const { log, lines } = testLogger();
    const loop = new Error('loop');
    loop.cause = loop;
    log.error('a', { error: new AggregateError([new Error('one'), loop], 'many') });
    log.error('b', { error: 'just text' });
    log.error('c', {
      evil: {
        get boom() {
          throw new Error('no');
        },
      },
    });
    const [a, b, c] = lines();
    assert.deepEqual(
      a?.['exception.errors'].map((error: { message: string }) => error.message),
      ['one', 'loop'],
    );
    assert.equal(a?.['exception.errors'][1].cause, '[circular]');
    assert.deepEqual([b?.['exception.type'], b?.['exception.message']], ['string', 'just text']);
    assert.equal(c?.['evil'], '[unreadable]');
  });

  it('shows neither statements values nor the members a driver adds', () => {
    const { log, text } = testLogger();
    const error = Object.assign(new Error(`select * from t where a = 'GEHEIM'`), {
      code: '23505',
      detail: 'Key (a)=(GEHEIM) already exists.',
      query: 'GEHEIM',
      parameters: ['GEHEIM'],
    });
    log.error('x', { error, nested: { error } });
    assert.ok(!text.join('').includes('GEHEIM'), text.join(''));
  });
});

describe('what a client calls its request', () => {
  it('stays as it is, whatever it looks like, in lines and in what they nest', () => {
    const { log, text } = testLogger();
    for (const id of [
      '4111111111111111',
      'se_live_0123456789',
      'eyJhbGciOiJub25lIn0.eyJzdWIiOjF9.x',
    ]) {
      text.length = 0;
      log.info('x', { request_id: id, headers: { 'x-request-id': id }, text: `request_id=${id}` });
      const line = JSON.parse(text.join('')) as Record<string, unknown>;
      assert.equal(line['request_id'], id);
      assert.deepEqual(line['headers'], { 'x-request-id': id });
      assert.equal(line['text'], `request_id=${id}`);
    }
  });

  it('is redacted where it is none', () => {
    const { log, text } = testLogger();
    log.info('x', { request_id: 'password=GEHEIM', other_id: 'x', requests: ['se_live_GEHEIM47'] });
    assert.ok(!text.join('').includes('GEHEIM'), text.join(''));
  });
});

describe('a number in a log line', () => {
  it('is a card, unless its name says what it is', () => {
    const { log, text } = testLogger();
    const number = '4111111111111111';
    log.info('x', { order_id: number, card: number, seen_ns: Number(number), pan: Number(number) });
    const line = JSON.parse(text.join('')) as Record<string, unknown>;
    assert.deepEqual(
      [line['order_id'], line['card'], line['seen_ns'], line['pan']],
      [number, '[card]', Number(number), '[card]'],
    );
  });
});

describe('secrets in a log line', () => {
  const SECRET = 'GEHEIM47geheim11';
  const carriers = fc.constantFrom<unknown>(
    { password: SECRET },
    { nested: { 'X-API-Key': SECRET } },
    { authorization: [SECRET, { deeper: SECRET }] },
    `Bearer ${SECRET}`,
    `postgresql://u:${SECRET}@host/db`,
    `se_live_${SECRET}`,
    new Error(`token=${SECRET}`),
    new Error('x', { cause: new Error(`redis://:${SECRET}@h`) }),
    new Map([['secret', SECRET]]),
    new URL(`http://user:${SECRET}@host/`),
    new Set([`eyJhbGciOi.${SECRET}.x`]),
  );
  const nest = (inner: unknown, path: string[]): unknown => {
    let value = inner;
    for (const step of path) value = step === '[]' ? ['x', value, 1] : { [step]: value, other: 1 };
    return value;
  };

  it('do not appear, wherever they stand', () => {
    const { log, text } = testLogger({ floodLimit: 1e9 });
    fc.assert(
      fc.property(
        carriers,
        fc.array(fc.constantFrom('[]', 'a', 'items', 'cause', '__proto__'), { maxLength: 12 }),
        fc.constantFrom('fields', 'message', 'error', 'child'),
        (carrier, path, place) => {
          text.length = 0;
          const value = nest(carrier, path);
          if (place === 'fields') log.info('x', { value });
          else if (place === 'message')
            log.info(typeof carrier === 'string' ? carrier : 'x', { value });
          else if (place === 'error') log.error('x', { error: value });
          else log.child({ value }).info('x');
          assert.equal(text.length, 1);
          assert.ok(!text.join('').includes('GEHEIM'), text.join(''));
          JSON.parse(text.join(''));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('nor does a value of any shape break or bloat the line', () => {
    const { log, text } = testLogger({ floodLimit: 1e9 });
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = { deep };
    const wide = Array.from({ length: 1000 }, () => Array.from({ length: 1000 }, () => 'x'));
    log.info('x', { deep, wide, big: 'y'.repeat(1e6), n: 1n, f: () => 1, nan: Number.NaN });
    assert.ok((text[0]?.length ?? 0) < 100_000, `${text[0]?.length} characters`);
    fc.assert(
      fc.property(
        fc.anything({
          withDate: true,
          withMap: true,
          withSet: true,
          withBigInt: true,
          withNullPrototype: true,
        }),
        (value) => {
          text.length = 0;
          log.info('x', { value });
          JSON.parse(text[0] ?? '');
        },
      ),
    );
  });
});

describe('a flood of one event', () => {
  it('collapses into a line with a count, while other events and lines marked always pass', async () => {
    const { log, lines } = testLogger({ floodLimit: 3 });
    for (let i = 0; i < 10; i++) log.warn('same');
    for (let i = 0; i < 5; i++) log.error('failed', { always: true });
    log.warn('other');
    await log.close();
    const of = (message: string) => lines().filter((line) => line['message'] === message);
    assert.equal(of('same').length, 4);
    assert.equal(of('same')[3]?.['suppressed'], 7);
    assert.equal(of('failed').length, 5);
    assert.equal(of('other').length, 1);
  });
});

describe('a log folder', () => {
  it('gets the same lines, complete when the logger is closed', async () => {
    const logDir = mkdtempSync(join(tmpdir(), 'sono-log-'));
    const { log, text } = testLogger({ logDir });
    for (let i = 0; i < 100; i++) log.info(`line ${i}`);
    await log.close();
    assert.equal(readFileSync(join(logDir, 'sono-eval.log'), 'utf8'), text.join(''));
    rmSync(logDir, { recursive: true });
  });
});
