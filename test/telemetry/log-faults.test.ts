/** Real faults of the places that a log goes to, and every line counted. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '#test/support/until.ts';

interface Report {
  trouble: string | null;
  dropped: { stdout: number; file: number };
  /** Heap, and what is outside of it, after a collection. */
  bytes: number;
}
type Line = Record<string, unknown>;

/** More than may wait, 20,000 lines. */
const MANY = 30_000;

describe('a log whose place takes no lines', () => {
  let dir: string;
  let child: ChildProcess;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sono-log-'));
  });
  afterEach(() => {
    child.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });

  const logDir = () => join(dir, 'logs');
  const file = () => join(logDir(), 'sono-eval.log');
  /** @param under a command that limits it */
  const start = (stdout: 'pipe' | number, under = '') => {
    mkdirSync(logDir());
    const node = `${process.execPath} --expose-gc --import ./telemetry/start.ts test/support/logging-child.ts`;
    const stdio: StdioOptions = ['ignore', stdout, 'inherit', 'ipc'];
    // Without coverage, whose files would be limited, too.
    const env = { PATH: process.env['PATH'], LOG_DIR: logDir() };
    child = spawn('sh', ['-c', `${under} exec ${node}`], { stdio, env });
  };
  const ask = async (command: { write?: number; close?: true }) => {
    const answer = once(child, 'message');
    child.send(command);
    return ((await answer) as [Report])[0];
  };
  const parse = (text: string) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  const linesOf = (...paths: string[]) =>
    parse(paths.map((path) => readFileSync(path, 'utf8')).join(''));
  const counted = (lines: Line[]) => lines.flatMap(({ n }) => (typeof n === 'number' ? [n] : []));
  const named = (lines: Line[], event: string) =>
    lines.filter((line) => line['event.name'] === event);
  const collect = (from: NodeJS.ReadableStream | null) => {
    const chunks: Buffer[] = [];
    assert.ok(from);
    from.on('data', (chunk: Buffer) => chunks.push(chunk));
    return () => Buffer.concat(chunks).toString();
  };
  const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

  /** Of each n below `count`: no line is twice, and those that are missing are as many as were counted. */
  const assertAccounted = (lines: Line[], count: number, lost: number) => {
    const numbers = counted(lines);
    assert.equal(new Set(numbers).size, numbers.length, 'a line is there twice');
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
      'the order is another',
    );
    assert.equal(numbers.length + lost, count);
  };

  it('has all lines on stdout while the disk is full, counts those that the file lacks, and goes on in it', async () => {
    start('pipe', 'ulimit -S -f 256;');
    const stdout = collect(child.stdout);
    const during = await ask({ write: MANY });
    assert.match(
      String(during.trouble),
      /^The log file takes no log lines \(EFBIG\); \d+ are lost\.$/,
    );
    assert.ok(during.dropped.file > 0, `${during.dropped.file} lines`);
    // There is room again.
    execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:unlimited']);
    await until(async () => (await ask({})).trouble === null);
    const after = await ask({ write: 100, close: true });
    await once(child, 'close');

    const out = parse(stdout());
    assert.deepEqual(counted(out), upTo(MANY + 100));
    assert.equal(after.dropped.stdout, 0);
    const written = linesOf(file());
    assertAccounted(written, MANY + 100, after.dropped.file);
    assert.deepEqual(counted(written).slice(-100), upTo(MANY + 100).slice(-100));

    const [failed, ...more] = named(out, 'log.sink_failed');
    assert.deepEqual([failed?.['sink'], failed?.['reason'], more], ['file', 'EFBIG', []]);
    for (const lines of [out, written]) {
      const [recovered, ...others] = named(lines, 'log.sink_recovered');
      assert.deepEqual(
        [recovered?.['reason'], recovered?.['lines_dropped'], others],
        ['EFBIG', after.dropped.file, []],
      );
    }
    assert.deepEqual(named(written, 'log.sink_failed'), [], 'the file cannot say that of itself');
  });

  it('has all lines on stdout while its folder is gone, and the file goes on when it is back', async () => {
    start('pipe');
    const stdout = collect(child.stdout);
    await ask({ write: 1 });
    await until(() => counted(linesOf(file())).length === 1);
    rmSync(logDir(), { recursive: true });
    const during = await ask({ write: MANY });
    assert.match(String(during.trouble), /ENOENT/);
    mkdirSync(logDir());
    await until(async () => (await ask({})).trouble === null);
    const after = await ask({ close: true });
    await once(child, 'close');
    assert.deepEqual(counted(parse(stdout())), upTo(MANY + 1));
    const written = linesOf(file());
    // The first line was in the file, and went with it unless the file noticed in time.
    const gone = counted(written)[0] === 0 ? 0 : 1;
    assertAccounted(written, MANY + 1, after.dropped.file + gone);
    assert.ok(after.dropped.file > 0);
  });

  it('works on while nobody reads its stdout, in bounded memory and with a whole file', async () => {
    start('pipe');
    const full = await ask({ write: MANY });
    assert.match(String(full.trouble), /^Standard output takes no log lines \(queue_full\)/);
    const later = await ask({ write: 5 * MANY });
    const grown = later.bytes - full.bytes;
    assert.ok(grown < 4_000_000, `${grown} bytes more after ${5 * MANY} lines more`);

    const stdout = collect(child.stdout);
    await until(async () => (await ask({})).trouble === null);
    const after = await ask({ write: 1, close: true });
    await once(child, 'close');
    const out = parse(stdout());
    assertAccounted(out, 6 * MANY + 1, after.dropped.stdout);
    assert.equal(counted(out).at(-1), 6 * MANY);
    const [recovered, ...others] = named(out, 'log.sink_recovered');
    assert.deepEqual([recovered?.['lines_dropped'], others], [after.dropped.stdout, []]);
    const written = linesOf(file());
    assert.deepEqual([after.dropped.file, counted(written).length], [0, 6 * MANY + 1]);
    assert.equal(named(written, 'log.sink_failed').length, 1, 'the file says it, once');
  });

  it('ends within its bound while nobody reads its stdout', async () => {
    start('pipe');
    const { dropped } = await ask({ write: MANY, close: true });
    assert.ok(dropped.stdout > MANY / 2, `${dropped.stdout} lines`);
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    assert.equal(counted(linesOf(file())).length, MANY);
  });

  it('lives on when the reader of its stdout is gone, and says so in the file', async () => {
    start('pipe');
    child.stdout?.destroy();
    const { trouble } = await ask({ write: MANY });
    assert.match(String(trouble), /^Standard output takes no log lines \(EPIPE\)/);
    const { dropped } = await ask({ close: true });
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    assert.equal(dropped.stdout, MANY);
    const written = linesOf(file());
    assert.equal(counted(written).length, MANY);
    assert.deepEqual(
      named(written, 'log.sink_failed').map(({ sink, reason }) => [sink, reason]),
      [['stdout', 'EPIPE']],
    );
  });

  it('writes to a named pipe again once it has another reader', async () => {
    const pipe = join(dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = () => openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const first = reader();
    const writer = openSync(pipe, constants.O_WRONLY);
    start(writer);
    closeSync(writer);
    closeSync(first);
    assert.match(String((await ask({ write: MANY })).trouble), /EPIPE/);
    const socket = new Socket({ fd: reader(), writable: false });
    const stdout = collect(socket);
    await until(async () => (await ask({})).trouble === null);
    const after = await ask({ write: 1, close: true });
    await once(socket, 'end');
    const out = parse(stdout());
    assertAccounted(out, MANY + 1, after.dropped.stdout);
    assert.equal(counted(out).at(-1), MANY);
    assert.equal(counted(linesOf(file())).length, MANY + 1);
  });

  it('writes to a file as its stdout again once there is room', async () => {
    const path = join(dir, 'stdout.log');
    const out = openSync(path, 'a');
    start(out, 'ulimit -S -f 64;');
    closeSync(out);
    await ask({ write: 1000 });
    assert.match(String((await ask({})).trouble), /Standard output takes no log lines \(EFBIG\)/);
    renameSync(file(), join(dir, 'file.log'));
    const full = readFileSync(path, 'utf8');
    truncateSync(path);
    execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:unlimited']);
    await until(async () => (await ask({})).trouble === null);
    await ask({ close: true });
    await once(child, 'exit');
    // A line that was cut at the limit is whole with its rest.
    assert.deepEqual(counted(parse(full + readFileSync(path, 'utf8'))), upTo(1000));
  });
});
