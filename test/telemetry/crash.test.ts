/** What a process leaves behind that an error ends: seen from outside, as its operator sees it. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runFilePreloaded, runPreloaded } from '#test/support/run-node.ts';

type Line = Record<string, unknown>;

const SECRETS = /hunter2|bob@example\.com/;
const secret = 'bob@example.com: password=hunter2';

/** Each line is JSON, and no secret is in any. */
function parse(output: string): Line[] {
  assert.doesNotMatch(output, SECRETS);
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

describe('a process that an error ends', () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'sono-crash-'));
  });
  after(() => rmSync(dir, { recursive: true }));

  const thrown: Record<string, [source: string, type: string, message?: RegExp]> = {
    'an error in a timer': [
      `setTimeout(() => { throw new TypeError('${secret}') }, 1)`,
      'TypeError',
      /^\[email\]: password=\[redacted\]$/,
    ],
    'a rejection': [`Promise.reject(new RangeError('${secret}'))`, 'RangeError', /redacted/],
    'a rejection with a text': [
      `Promise.reject('${secret}')`,
      'UnhandledPromiseRejection',
      /password=\[redacted\]/,
    ],
    'a rejection with nothing': ['Promise.reject()', 'UnhandledPromiseRejection', /"undefined"/],
    'a rejection with what cannot be read': [
      `Promise.reject({ get message() { throw new Error('${secret}') }, toString() { throw 1 } })`,
      'UnhandledPromiseRejection',
    ],
    'nothing at all': ['setTimeout(() => { throw undefined }, 1)', 'undefined'],
    'an object': [`setTimeout(() => { throw { password: 'hunter2' } }, 1)`, 'object'],
    'an error whose members throw': [
      `class Evil extends Error { get message() { throw new Error('${secret}') } }
       setTimeout(() => { throw new Evil() }, 1)`,
      'object',
    ],
    'an import that is not there': [`import './nowhere.ts'`, 'Error', /Cannot find module/],
    'an error of a thread': [
      `import { Worker } from 'node:worker_threads';
       new Worker("Promise.reject(new TypeError('${secret}'))", { eval: true })`,
      'TypeError',
      /redacted/,
    ],
  };
  for (const [name, [source, type, message]] of Object.entries(thrown)) {
    it(`says so in one redacted line on stderr and exits with 1: ${name}`, async () => {
      const { code, stdout, stderr } = await runPreloaded(source).result;
      assert.deepEqual([code, stdout], [1, '']);
      const [line, ...more] = parse(stderr);
      assert.deepEqual(more, []);
      assert.deepEqual(
        [line?.['level'], line?.['event.name'], line?.['service.name'], line?.['exception.type']],
        ['fatal', 'process.crashed', 'sono-eval', type],
      );
      if (message !== undefined) assert.match(String(line?.['exception.message']), message);
    });
  }

  it('says so of an error that cannot even be looked at', async () => {
    const source = `setTimeout(() => {
      throw new Proxy({}, { getPrototypeOf() { throw new Error('${secret}') } });
    }, 1)`;
    const { code, stderr } = await runPreloaded(source).result;
    assert.equal(code, 1);
    assert.deepEqual(
      parse(stderr).map((line) => line['event.name']),
      ['process.crashed'],
    );
  });

  it('says so of a file that is no program, or imports one', async () => {
    const broken = join(dir, 'broken.ts');
    writeFileSync(broken, `const password = = 'hunter2';`);
    const importing = join(dir, 'importing.ts');
    writeFileSync(importing, `import './broken.ts';`);
    for (const file of [broken, importing]) {
      const { code, stderr } = await runFilePreloaded(file).result;
      assert.equal(code, 1);
      assert.deepEqual(
        parse(stderr).map((line) => line['exception.type']),
        ['SyntaxError'],
      );
    }
  });

  const withLog = (logDir: string, source: string) => `
    import { createLogger } from '#telemetry/logger.ts';
    import { crash } from '#telemetry/start.ts';
    import { activeTrace } from '#telemetry/tracing.ts';
    import { withSpan } from '#test/support/with-span.ts';
    const log = createLogger({
      level: 'info', serviceVersion: '1', environment: 'testing', logDir: ${JSON.stringify(logDir)},
    });
    crash.reportTo(log);
    ${source}`;

  it('says it in its log, after all that waits, once, with the trace, whatever else is thrown', async () => {
    const source = withLog(
      dir,
      `process.on('exit', () => { throw new Error('${secret}') });
       void withSpan('work', {}, () => {
         log.info('the trace', { ids: activeTrace() });
         setTimeout(() => {
           for (let n = 0; n < 5000; n++) log.info('waits', { n, always: true });
           setInterval(() => { throw new Error('another') }, 0);
           throw new Error('${secret}');
         }, 1);
       });`,
    );
    const { code, stdout, stderr } = await runPreloaded(source).result;
    assert.deepEqual([code, stderr], [1, '']);
    assert.equal(readFileSync(join(dir, 'sono-eval.log'), 'utf8'), stdout);
    const lines = parse(stdout);
    assert.equal(lines.length, 5002);
    const last = lines.at(-1);
    assert.deepEqual(
      [last?.['level'], last?.['exception.message']],
      ['fatal', '[email]: password=[redacted]'],
    );
    assert.match(String(last?.['exception.stacktrace']), /\n +at /);
    const ids = lines[0]?.['ids'] as { traceId: string };
    assert.equal(last?.['trace_id'], ids.traceId);
  });

  it('exits with 1 when its log hangs, fails, or throws, and says on stderr what that did not take', async () => {
    const logs: [fatal: string, lines: number][] = [
      ['() => new Promise(() => {})', 0],
      ['() => Promise.reject(new Error("no"))', 1],
      ['() => { throw new Error("no") }', 1],
    ];
    for (const [fatal, lines] of logs) {
      const { code, stdout, stderr } = await runPreloaded(`
        import { crash } from '#telemetry/start.ts';
        crash.reportTo({ fatal: ${fatal}, trouble: () => null });
        setInterval(() => { throw new Error('${secret}') }, 1);`).result;
      assert.deepEqual([code, stdout], [1, '']);
      assert.equal(parse(stderr).length, lines, fatal);
    }
  });

  it('exits with 1 when nobody reads its stdout, and says it in its file and on stderr', async () => {
    const logDir = mkdtempSync(join(dir, 'unread-'));
    const source = withLog(
      logDir,
      `for (let n = 0; n < 30_000; n++) log.info('waits', { n, always: true });
       Promise.reject(new Error('${secret}'));`,
    );
    const args = ['--input-type=module-typescript', '--eval', source];
    const run = spawn(process.execPath, ['--import', './telemetry/start.ts', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [said, [code]] = await Promise.all([text(run.stderr), once(run, 'exit')]);
    assert.equal(code, 1);
    const written = readFileSync(join(logDir, 'sono-eval.log'), 'utf8');
    for (const output of [said, written]) {
      const fatal = parse(output).filter(({ level }) => level === 'fatal');
      assert.deepEqual(
        fatal.map((line) => line['exception.message']),
        ['[email]: password=[redacted]'],
      );
    }
    run.stdout.destroy();
  });

  it('tells a person at a terminal in readable lines', () => {
    const file = join(dir, 'thrower.ts');
    writeFileSync(file, `setTimeout(() => { throw new Error('${secret}') }, 1);`);
    const command = `exec ${process.execPath} --import ./telemetry/start.ts ${file}`;
    const { status, stdout } = spawnSync(
      'script',
      ['--quiet', '--flush', '--return', '--command', command, '/dev/null'],
      { encoding: 'utf8', env: { PATH: process.env['PATH'], NO_COLOR: '1', TERM: 'xterm' } },
    );
    assert.equal(status, 1);
    assert.doesNotMatch(stdout, SECRETS);
    const [head, error, frame] = stdout.replaceAll('\r', '').split('\n');
    assert.match(head ?? '', /^\d\d:\d\d:\d\d\.\d{3} fatal The process ends/);
    assert.equal(error, '    Error: [email]: password=[redacted]');
    assert.match(frame ?? '', /^ +at .*thrower\.ts:1/);
  });

  it('is left to whoever else listens, unless it is a service', async () => {
    const source = (charge: string) => `
      import { crash } from '#telemetry/start.ts';
      ${charge}
      process.on('uncaughtException', () => process.stdout.write('mine'));
      setTimeout(() => { throw new Error('x') }, 1);`;
    const left = await runPreloaded(source('')).result;
    assert.deepEqual([left.code, left.stdout, left.stderr], [0, 'mine', '']);
    const service = await runPreloaded(source('crash.takeCharge();')).result;
    assert.equal(service.code, 1);
    assert.equal(parse(service.stderr)[0]?.['level'], 'fatal');
  });
});
