import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import {
  isReachable,
  prepareDataDir,
  resolveDataDir,
  systemDir,
  unprivilegedUid,
} from '#src/storage/embedded-postgres/data-dir.ts';
import { makeTestDir } from '#test/support/database.ts';

describe('data directory', () => {
  let dir: string;
  beforeEach(() => {
    dir = makeTestDir();
  });
  afterEach(() => {
    chmodSync(dir, 0o700);
    rmSync(dir, { recursive: true, force: true });
  });

  it('is ./data for a normal user, wherever the checkout is', () => {
    chmodSync(dir, 0o700);
    assert.equal(resolveDataDir({ configured: undefined, cwd: dir, uid: 1000 }), join(dir, 'data'));
  });

  it('is ./data for root in a checkout that others may enter, else the system one', () => {
    const cwd = join(dir, 'checkout');
    mkdirSync(cwd, { mode: 0o755 });
    assert.equal(resolveDataDir({ configured: undefined, cwd, uid: 0 }), join(cwd, 'data'));
    // Closed to its owner as well, who may be the very user that PostgreSQL would run as.
    chmodSync(dir, 0o600);
    assert.equal(resolveDataDir({ configured: undefined, cwd, uid: 0 }), systemDir);
  });

  it('is what DATA_DIR says, relative to the working directory', () => {
    chmodSync(dir, 0o700);
    const options = { cwd: dir, uid: 0 };
    assert.equal(resolveDataDir({ ...options, configured: '/srv/data' }), '/srv/data');
    assert.equal(resolveDataDir({ ...options, configured: 'here' }), join(dir, 'here'));
  });

  it('is reachable by its owner, its group or all, as the modes say, behind links too', () => {
    const inner = join(dir, 'inner');
    mkdirSync(inner);
    const { uid, gid } = statSync(inner);
    const other = uid + 1;
    for (const [mode, byOwner, byOther] of [
      [0o700, true, false],
      [0o755, true, true],
      [0o711, true, true],
      [0o744, true, false],
      [0o611, false, true],
    ] as const) {
      chmodSync(inner, mode);
      assert.equal(isReachable(join(inner, 'not/there/yet'), uid), byOwner, mode.toString(8));
      if (gid !== other) assert.equal(isReachable(inner, other), byOther);
    }
    chmodSync(inner, 0o700);
    symlinkSync(inner, join(dir, 'link'));
    assert.equal(isReachable(join(dir, 'link'), other), false);
  });

  it('is made private for a normal user and open to pass through for root, whatever the umask', () => {
    const umask = process.umask(0o077);
    try {
      assert.equal(prepareDataDir(join(dir, 'a/b'), undefined), join(dir, 'a/b'));
      assert.equal(statSync(join(dir, 'a/b')).mode & 0o777, 0o700);
      prepareDataDir(join(dir, 'c/d'), unprivilegedUid);
      assert.equal(statSync(join(dir, 'c')).mode & 0o777, 0o711);
      assert.equal(statSync(join(dir, 'c/d')).mode & 0o777, 0o711);
    } finally {
      process.umask(umask);
    }
  });

  it('keeps the mode of a directory that exists', () => {
    const there = mkdtempSync(join(dir, 'there-'));
    chmodSync(there, 0o751);
    prepareDataDir(there, undefined);
    assert.equal(statSync(there).mode & 0o777, 0o751);
  });

  it('is refused in a sentence when it cannot be made', () => {
    assert.throws(() => prepareDataDir('/proc/none/data', undefined), {
      name: 'EmbeddedPostgresError',
      message: 'The data directory /proc/none/data cannot be made.',
    });
  });
});
