import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, lockDataDir } from '#src/storage/embedded-postgres/data-dir-lock.ts';
import { makeTestDir } from '#test/support/database.ts';
import { until } from '#test/support/until.ts';

describe('data directory lock', () => {
  let dir: string;
  let lock: string;
  beforeEach(() => {
    dir = makeTestDir();
    lock = join(dir, 'postgres.lock');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('is held until it is given back, and leaves nothing behind', () => {
    const unlock = lockDataDir(lock, dir);
    assert.throws(() => lockDataDir(lock, dir), {
      name: 'EmbeddedPostgresError',
      message: `The data directory ${dir} is in use by process ${process.pid}: stop that service first, or set DATA_DIR to another place.`,
    });
    unlock();
    assert.deepEqual(readdirSync(dir), []);
    lockDataDir(lock, dir)();
  });

  it('is taken over from a process that is gone', () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    assert.equal(isAlive(pid), false);
    writeFileSync(lock, `${pid} 12345`);
    const unlock = lockDataDir(lock, dir);
    assert.match(readFileSync(lock, 'utf8'), new RegExp(`^${process.pid} `));
    unlock();
    assert.deepEqual(readdirSync(dir), []);
  });

  it('is taken over from a process that is dead, though its parent has not collected it', async () => {
    // The shell says which process it started, and becomes one that collects nobody.
    const parent = spawn('/bin/sh', ['-c', 'sleep 600 & echo $!; exec sleep 600'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(line);
      const started = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[21] ?? '';
      writeFileSync(lock, `${pid} ${started}`);
      assert.throws(() => lockDataDir(lock, dir), /is in use by process/);
      await until(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8') === 'sleep\n');
      process.kill(pid, 'SIGKILL');
      await until(() => /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
      lockDataDir(lock, dir)();
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('is taken over when the process id belongs to a later process', () => {
    writeFileSync(lock, `${process.ppid} 1`);
    lockDataDir(lock, dir)();
    writeFileSync(lock, `${process.pid} 1`);
    lockDataDir(lock, dir)();
    assert.equal(existsSync(lock), false);
  });

  it('is taken over when it holds nothing that names a process', () => {
    for (const garbage of ['', 'garbage', '-1 5', '0 0', '1.5']) {
      writeFileSync(lock, garbage);
      lockDataDir(lock, dir)();
    }
    assert.deepEqual(readdirSync(dir), []);
  });

  it('gives back only what is its own', () => {
    const unlock = lockDataDir(lock, dir);
    writeFileSync(lock, 'another');
    unlock();
    assert.equal(readFileSync(lock, 'utf8'), 'another');
  });
});
