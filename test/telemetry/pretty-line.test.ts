import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { createLogger, type LogFields } from '#telemetry/logger.ts';
import { hasColors, isForPeople, prettyLine } from '#telemetry/pretty-line.ts';

const noon = new Date(2026, 10, 28, 12, 0, 1, 25).toISOString();
const base = {
  timestamp: noon,
  level: 'info',
  message: 'Something happened',
  'service.name': 'sono-eval',
  'service.version': '0.1.1',
  'deployment.environment.name': 'development',
};

/** What a logger writes of one event. */
async function written(format: 'json' | 'pretty', message: string, fields: LogFields) {
  const stream = new PassThrough();
  const options = { level: 'debug', serviceVersion: '0', environment: 'testing' } as const;
  const log = createLogger({ ...options, format, stream });
  log.info(message, fields);
  await log.close();
  return String(stream.read());
}

describe('a log line for people', () => {
  it('has local time, level, sentence and what varies, and nothing that never does', () => {
    const line = {
      ...base,
      component: 'database',
      reason: null,
      list: ['a', 1],
      text: 'two words',
    };
    assert.equal(
      prettyLine(line, false),
      '12:00:01.025 info  Something happened  component=database list=["a",1] text="two words"',
    );
  });

  it('tells a request in the order in which one reads it', () => {
    const request = {
      ...base,
      level: 'warn',
      message: 'Request handled',
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      span_id: '00f067aa0ba902b7',
      trace_flags: '01',
      'event.name': 'http.request',
      request_id: '019aaf2e-0f7a-7c31-9a55-0123456789ab',
      'http.request.method': 'GET',
      'http.route': '/health',
      duration_ms: 4.2,
      'http.response.status_code': 503,
    };
    assert.equal(
      prettyLine(request, false),
      '12:00:01.025 warn  Request handled  GET /health 503 in 4.2 ms  request_id=019aaf2e-0f7a-7c31-9a55-0123456789ab',
    );
  });

  it('shows the stack of an error below it, and its causes', async () => {
    const error = new Error('outer', { cause: new TypeError('inner') });
    const [head = '', name, ...frames] = (await written('pretty', 'Failed', { error })).split('\n');
    assert.match(head, / info {2}Failed {2}exception\.cause=.*inner/);
    assert.equal(name, '    Error: outer');
    assert.match(frames[0] ?? '', /^ {8}at .*pretty-line\.test\.ts/);
  });

  it('cannot be made to steer the terminal or to look like two lines', () => {
    const text = fc.string({
      unit: fc.constantFrom(
        'a',
        '=',
        ' ',
        '"',
        '\\',
        '\n',
        '\r',
        '\u001b',
        '\u009b',
        '\u202e',
        '\u2028',
        '\0',
        '😀',
      ),
    });
    fc.assert(
      fc.property(text, text, (name, value) => {
        const line = prettyLine({ ...base, [`x${name}`]: value, message: value }, false);
        assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\u2028\u2029]/u);
      }),
    );
    const attack = { ...base, a: '\u001b[2J\u009b1A\u202e\nnext' };
    assert.match(prettyLine(attack, false), /a="\\u001b\[2J\\u009b1A\\u202e\\nnext"$/);
  });

  it('is coloured by level when asked, and the text stays the same', () => {
    const red = prettyLine({ ...base, level: 'error', a: 1 }, true);
    assert.ok(red.includes('\u001b[31merror\u001b[39m'), red);
    assert.equal(
      stripVTControlCharacters(red),
      prettyLine({ ...base, level: 'error', a: 1 }, false),
    );
  });

  it('hides what JSON hides', async () => {
    const secret = 'GEHEIM47geheim11';
    const fields = {
      password: secret,
      url: `postgresql://sono:${secret}@db/sono`,
      nested: { list: [`Bearer ${secret}`], api_key: secret },
      error: new Error(`token=${secret}`),
    };
    for (const format of ['json', 'pretty'] as const) {
      const text = await written(format, `password=${secret}`, fields);
      assert.ok(text.includes('[redacted]') && !text.includes(secret), text);
    }
  });
});

describe('who reads the log', () => {
  it('is a person where standard output is a terminal, unless LOG_FORMAT says otherwise', () => {
    assert.equal(isForPeople('auto', { isTTY: true }), true);
    assert.equal(isForPeople('auto', { isTTY: false }), false);
    assert.equal(isForPeople('auto', {}), false);
    assert.equal(isForPeople('json', { isTTY: true }), false);
    assert.equal(isForPeople('pretty', {}), true);
  });

  it('gets colours only on a terminal that has them', () => {
    assert.equal(hasColors({ isTTY: true, hasColors: () => true }), true);
    assert.equal(hasColors({ isTTY: true, hasColors: () => false }), false);
    assert.equal(hasColors({ isTTY: true }), false);
    assert.equal(hasColors({ hasColors: () => true }), false);
  });
});
