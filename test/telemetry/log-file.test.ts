import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogFile } from '#telemetry/log-file.ts';
import { createLogSink } from '#telemetry/log-sink.ts';
import { runPreloaded } from '#test/support/run-node.ts';
import { until } from '#test/support/until.ts';

describe('the log file', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sono-log-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const path = () => join(dir, 'a.log');
  const create = (maxBytes = 100) => {
    const target = createLogFile({ path: path(), maxBytes, maxFiles: 3 });
    const events = { dropped: () => {}, failed: () => {}, recovered: () => {} };
    const sink = createLogSink({ target, maxLines: 1e6, maxBytes: 1e6, events });
    return { ...sink, close: () => sink.close(60_000) };
  };
  const read = (name: string) => readFileSync(join(dir, name), 'utf8');
  /** Lines of 10 bytes. */
  const line = (n: number) => `${String(n).padStart(9, '0')}\n`;
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => line(from + i)).join('');

  it('keeps the newest files, each full and in order, and goes on with what it finds', async () => {
    writeFileSync(path(), lines(0, 4));
    const file = create();
    for (let n = 4; n < 57; n++) file.write(line(n));
    await file.close();
    assert.deepEqual(readdirSync(dir).toSorted(), ['a.log', 'a1.log', 'a2.log']);
    assert.equal(read('a2.log'), lines(30, 40));
    assert.equal(read('a1.log'), lines(40, 50));
    assert.equal(read('a.log'), lines(50, 57));
    assert.equal(file.dropped(), 0);
  });

  it('counts bytes, not characters, and gives a line that is too long a file of its own', async () => {
    const file = create();
    const long = `${'é'.repeat(99)}\n`;
    for (const text of [line(1), `${'é'.repeat(45)}\n`, long, line(2)]) file.write(text);
    await file.close();
    assert.equal(read('a2.log'), `${'é'.repeat(45)}\n`);
    assert.equal(read('a1.log'), long);
    assert.equal(read('a.log'), line(2));
  });

  it('keeps lines from a full disk until there is room, and drops and counts them at its end', async () => {
    symlinkSync('/dev/full', path());
    const full = create();
    full.write(line(1));
    full.write(line(2));
    await full.close();
    assert.equal(full.dropped(), 2);
    assert.ok(statSync(path()).isCharacterDevice());

    const file = create();
    file.write(line(3));
    await until(() => file.trouble()?.reason === 'ENOSPC');
    rmSync(path());
    file.write(line(4));
    await until(() => file.trouble() === null);
    await file.close();
    assert.equal(read('a.log'), lines(3, 5));
    assert.equal(file.dropped(), 0);
  });

  it('goes on when its folder is gone and back, and when a folder took its name', async () => {
    const file = createLogFile({ path: path(), maxBytes: 1e6, maxFiles: 3 });
    assert.equal(await file.append([line(1)]), 1);
    rmSync(dir, { recursive: true });
    await assert.rejects(async () => file.append([line(2)]), { code: 'ENOENT' });
    mkdirSync(dir);
    mkdirSync(path());
    await assert.rejects(async () => file.append([line(2)]), { code: 'EISDIR' });
    rmSync(path(), { recursive: true });
    assert.equal(await file.append([line(2)]), 1);
    await file.close();
    assert.equal(read('a.log'), line(2));
  });

  it('loses no line to a file that was deleted or moved away under it', async () => {
    const file = createLogFile({ path: path(), maxBytes: 1e6, maxFiles: 3 });
    const append = async (n: number) => assert.equal(await file.append([line(n)]), 1);
    await append(1);
    rmSync(path());
    await append(2);
    assert.equal(read('a.log'), line(2));
    renameSync(path(), join(dir, 'moved.log'));
    await append(3);
    assert.equal(read('moved.log'), lines(2, 4), 'it is no line less, or twice');
    await append(4);
    await file.close();
    assert.equal(read('a.log'), line(4));
  });

  it('has each of 200,000 lines once, in order, as stdout has, over all rotations', async () => {
    const script = `
      import { createLogger } from '#telemetry/logger.ts';
      import { setImmediate as turn } from 'node:timers/promises';
      const log = createLogger({
        level: 'info', serviceVersion: '1', environment: 'testing', logDir: ${JSON.stringify(dir)},
        logFile: { maxBytes: 500_000, maxFiles: 100 },
        limits: { maxLines: 1e9, maxBytes: 1e9 }, closeMs: 60_000,
      });
      for (let n = 0; n < 200_000; n++) {
        log.info('burst', { n, always: true });
        if (n % 1000 === 999) await turn();
      }
      await log.close();`;
    const { code, stdout, stderr } = await runPreloaded(script).result;
    assert.deepEqual([code, stderr], [0, '']);
    const age = (name: string) => Number(/\d+/.exec(name)?.[0] ?? 0);
    const names = readdirSync(dir).toSorted((a, b) => age(b) - age(a));
    assert.ok(names.length > 50, `${names.length} files`);
    for (const name of names) assert.ok(statSync(join(dir, name)).size <= 500_000, name);
    const written = names.map(read).join('');
    assert.ok(written === stdout, `${written.length} characters of ${stdout.length}`);
    const numbers = written
      .trimEnd()
      .split('\n')
      .map((text) => (JSON.parse(text) as { n: number }).n);
    assert.equal(numbers.length, 200_000);
    assert.ok(numbers.every((n, i) => n === i));
  });
});
