import assert from 'node:assert/strict';
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { captureConsole } from '#telemetry/capture-console.ts';
import { createLogger } from '#telemetry/logger.ts';
import { runPreloaded } from '#test/support/run-node.ts';

describe('a captured console', () => {
  it('writes what libraries print as redacted log lines, and nothing else', () => {
    const text: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        text.push(chunk.toString());
        done();
      },
    });
    const target = new Console(stream);
    const log = createLogger({
      level: 'info',
      serviceVersion: '1',
      environment: 'testing',
      stream,
    });
    captureConsole(log, target);
    target.error('query %s failed for postgresql://sono:hunter2@db/x', 'one');
    assert.equal(text.length, 1);
    const line = JSON.parse(text[0] ?? '') as Record<string, string>;
    assert.match(line['text'] ?? '', /^query one failed/);
    assert.doesNotMatch(text[0] ?? '', /hunter2/);
  });

  it('has the level of the method: what a library prints as an error is one', () => {
    const levels: unknown[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        levels.push((JSON.parse(String(chunk)) as { level: unknown }).level);
        done();
      },
    });
    const log = createLogger({
      level: 'debug',
      serviceVersion: '1',
      environment: 'testing',
      stream,
    });
    const target = new Console(stream);
    captureConsole(log, target);
    for (const method of ['error', 'trace', 'warn', 'info', 'log', 'debug'] as const) {
      target[method]('x');
    }
    target.assert(false, 'x');
    assert.deepEqual(levels, ['error', 'error', 'warn', 'info', 'info', 'debug', 'warn']);
  });
});

describe('a captured warning', () => {
  it('is a redacted log line, and nothing on stderr', async () => {
    const { code, stdout, stderr } = await runPreloaded(`
      import { captureWarnings } from '#telemetry/capture-console.ts';
      import { createLogger } from '#telemetry/logger.ts';
      const log = createLogger({ level: 'info', serviceVersion: '1', environment: 'testing' });
      captureWarnings(log);
      process.emitWarning('password=hunter2', { type: 'LeakWarning' });`).result;
    assert.deepEqual([code, stderr], [0, '']);
    const line = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(
      [line['level'], line['exception.type'], line['exception.message']],
      ['warn', 'LeakWarning', 'password=[redacted]'],
    );
  });
});
