import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { unprivilegedUid } from '#src/storage/embedded-postgres/data-dir.ts';
import {
  findInstalledBinaries,
  usableBinaries,
} from '#src/storage/embedded-postgres/postgres-binaries.ts';
import { makeTestDir } from '#test/support/database.ts';

/** Anyone but us. */
const otherUid = (process.getuid?.() ?? 0) + 1;

describe('PostgreSQL binaries', () => {
  let dir: string;
  let copies: string;
  beforeEach(() => {
    dir = makeTestDir();
    copies = join(dir, 'copies');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  /** A stand-in of the package's tree in a checkout that only its owner may enter. */
  const closedCheckout = () => {
    const native = join(dir, 'checkout/native');
    mkdirSync(join(native, 'bin'), { recursive: true });
    mkdirSync(join(native, 'lib'));
    writeFileSync(join(native, 'bin/postgres'), '', { mode: 0o700 });
    writeFileSync(join(native, 'lib/libpq.so.5.18'), '', { mode: 0o600 });
    symlinkSync('libpq.so.5.18', join(native, 'lib/libpq.so'));
    chmodSync(join(dir, 'checkout'), 0o700);
    return { native, version: '18.4.0-beta.17' };
  };

  it('are used in place by whoever may enter the checkout', async () => {
    const installed = await findInstalledBinaries();
    const { initdb, postgres, major } = await usableBinaries(installed, undefined, copies);
    assert.equal(major, installed.version.split('.')[0]);
    assert.equal(dirname(dirname(postgres)), installed.native);
    assert.match(
      execFileSync(initdb, ['--version'], { encoding: 'utf8' }),
      new RegExp(`PostgreSQL\\) ${major}\\.`),
    );
    assert.equal(existsSync(copies), false);
  });

  it('are copied once for each version, open to all, when the checkout is closed', async () => {
    const installed = closedCheckout();
    const copied = await usableBinaries(installed, otherUid, copies);
    const home = join(copies, 'postgres-18.4.0-beta.17');
    assert.equal(copied.postgres, join(home, 'bin/postgres'));
    assert.equal(statSync(copied.postgres).mode & 0o777, 0o755);
    assert.equal(statSync(join(home, 'lib/libpq.so')).mode & 0o777, 0o644);
    writeFileSync(join(home, 'marker'), '');
    assert.deepEqual(await usableBinaries(installed, otherUid, copies), copied);
    assert.ok(existsSync(join(home, 'marker')));
    await usableBinaries({ ...installed, version: '19.0.0' }, otherUid, copies);
    assert.deepEqual(readdirSync(copies).sort(), ['postgres-18.4.0-beta.17', 'postgres-19.0.0']);
  });

  it('are copied whole when several starts copy at once', async () => {
    const installed = closedCheckout();
    const starts = [1, 2, 3, 4].map(() => usableBinaries(installed, otherUid, copies));
    const results = await Promise.all(starts);
    assert.equal(new Set(results.map(({ postgres }) => postgres)).size, 1);
    assert.deepEqual(readdirSync(copies), ['postgres-18.4.0-beta.17']);
  });

  if (process.getuid?.() === 0) {
    it('run as the unprivileged user out of the copy', async () => {
      const { native, version } = await findInstalledBinaries();
      const checkout = join(dir, 'checkout');
      cpSync(native, join(checkout, 'native'), { recursive: true, verbatimSymlinks: true });
      chmodSync(checkout, 0o700);
      const asUser = { uid: unprivilegedUid, gid: unprivilegedUid, cwd: '/' };
      const inPlace = join(checkout, 'native/bin/postgres');
      assert.throws(() => execFileSync(inPlace, ['--version'], asUser), { code: 'EACCES' });
      const installed = { native: join(checkout, 'native'), version };
      const { initdb } = await usableBinaries(installed, unprivilegedUid, copies);
      const cluster = join(dir, 'cluster');
      mkdirSync(cluster);
      execFileSync('chown', [`${unprivilegedUid}`, cluster]);
      execFileSync(initdb, ['--no-sync', '--auth=reject', '-D', cluster], asUser);
      assert.ok(existsSync(join(cluster, 'PG_VERSION')));
    });
  }
});
