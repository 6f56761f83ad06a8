/** Archives that lie, climb, loop and explode: each is refused as a whole, or an entry is left out with its reason. */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { AppError } from '#src/errors.ts';
import type { ArchiveKind } from '#src/features/files/archive/archive.ts';
import { unpack } from '#src/features/files/archive/unpack.ts';
import { createAllowsName } from '#src/features/files/file-names.ts';
import { tar, tarGz, zip, zip64OfMany, type ZipEntry } from './archives.ts';

const TEXT = 'def add(a, b):\n    return a + b\n';
const limits = { entries: 2000, fileBytes: 100_000, totalBytes: 2_000_000 };

interface Unpacked {
  files: Record<string, string>;
  left: Record<string, string>;
}

async function unpacked(bytes: Buffer, kind: ArchiveKind, nested = false): Promise<Unpacked> {
  const result: Unpacked = { files: {}, left: {} };
  await unpack(bytes, kind, {
    allows: createAllowsName(undefined),
    limits,
    nested,
    signal: new AbortController().signal,
    room: () => null,
    onFile: (path, content) => void (result.files[path] = content.toString()),
    onLeftOut: (path, reason) => void (result.left[path] = reason),
  });
  return result;
}

const refused = (code: string) => (error: unknown) => {
  assert.ok(error instanceof AppError, String(error));
  assert.ok(error.status >= 400 && error.status < 500);
  assert.equal(error.options.errors?.[0]?.code ?? error.code, code);
  return true;
};

describe('a ZIP archive', () => {
  const leftOut: Record<string, [ZipEntry, string]> = {
    'that climbs': [{ name: '../../etc/cron.d/x.py', content: TEXT }, 'unsafe_path'],
    'that climbs in the middle': [{ name: 'a/../../x.py', content: TEXT }, 'unsafe_path'],
    'that climbs with backslashes': [{ name: '..\\x.py', content: TEXT }, 'unsafe_path'],
    'that climbs percent-encoded': [{ name: '%2e%2e/x.py', content: TEXT }, 'unsafe_path'],
    'with an absolute path': [{ name: '/etc/x.py', content: TEXT }, 'unsafe_path'],
    'on a drive': [{ name: 'C:\\x.py', content: TEXT }, 'unsafe_path'],
    'with NUL': [{ name: 'a\0.py', content: TEXT }, 'unsafe_path'],
    'with a changed direction': [{ name: 'a\u202Eyp.txt', content: TEXT }, 'unsafe_path'],
    'with a name that is no UTF-8': [
      { name: Buffer.from([0xff, 0x2e, 0x70, 0x79]) },
      'unsafe_path',
    ],
    'with a long name': [{ name: `${'x'.repeat(600)}.py`, content: TEXT }, 'unsafe_path'],
    'that is a link': [{ name: 'a.py', content: '/etc/passwd', mode: 0o120777 }, 'link'],
    'that is a device': [{ name: 'a.py', content: '', mode: 0o020666 }, 'special_file'],
    'that is encrypted': [{ name: 'a.py', content: TEXT, flags: 1 }, 'encrypted'],
    'of another compression': [
      { name: 'a.py', content: TEXT, method: 14 },
      'unsupported_compression',
    ],
    'with a wrong checksum': [{ name: 'a.py', content: TEXT, crc: 1 }, 'damaged'],
    'larger than it says': [{ name: 'a.py', content: TEXT, size: 3 }, 'damaged'],
    'smaller than it says': [{ name: 'a.py', content: TEXT, size: 99 }, 'damaged'],
    'that is too large': [{ name: 'a.py', content: 'ab'.repeat(60_000) }, 'too_large'],
    'that explodes': [{ name: 'a.py', content: 'a'.repeat(3_000_000) }, 'compression_ratio'],
    'that is an archive': [{ name: 'a.zip', content: zip([{ name: 'b.py' }]) }, 'nested_archive'],
    'that is no text': [{ name: 'a.py', content: Buffer.from([0x4d, 0x5a, 0, 1]) }, 'binary'],
    'in another encoding': [{ name: 'a.py', content: Buffer.from([0xe4, 0xf6]) }, 'binary'],
    'of a kind that is not taken': [{ name: 'a.exe', content: TEXT }, 'extension_not_allowed'],
    'that a tool left there': [{ name: 'node_modules/x/a.js', content: TEXT }, 'generated'],
    'with the path of another one': [{ name: 'SRC/Sound.py', content: TEXT }, 'duplicate_path'],
  };
  for (const [what, [entry, reason]] of Object.entries(leftOut)) {
    it(`leaves out an entry ${what}, and nothing else`, async () => {
      const { files, left } = await unpacked(
        zip([{ name: 'src/sound.py', content: TEXT }, entry]),
        'zip',
      );
      assert.deepEqual(files, { 'src/sound.py': TEXT });
      assert.deepEqual(Object.values(left), [reason]);
    });
  }

  it('of 100,000 entries is refused before one is read', async () => {
    await assert.rejects(unpacked(zip64OfMany(100_000n), 'zip'), refused('too_many_entries'));
    await assert.rejects(unpacked(zip64OfMany(2n ** 60n), 'zip'), refused('too_many_entries'));
    const entries = Array.from({ length: 2001 }, (_, n) => ({ name: `${n}.py` }));
    await assert.rejects(unpacked(zip(entries), 'zip'), refused('too_many_entries'));
  });

  it('whose entries share bytes is refused', async () => {
    const entries = [1, 2, 3].map((n) => ({ name: `${n}.py`, content: TEXT, offset: 0 }));
    await assert.rejects(unpacked(zip(entries), 'zip'), refused('overlapping_entries'));
    // The quoted overlap: an entry begins within the one before.
    const quoted = [
      { name: 'a.py', content: TEXT, stored: true },
      { name: 'b.py', content: TEXT, stored: true, offset: 35 },
    ];
    await assert.rejects(unpacked(zip(quoted), 'zip'), refused('overlapping_entries'));
  });

  it('that is cut anywhere, or counts wrong, is refused', async () => {
    const entries = [{ name: 'a.py', content: TEXT }];
    const whole = zip(entries).length;
    for (let cut = 1; cut < whole; cut += 7) {
      await assert.rejects(unpacked(zip(entries, { cut }), 'zip'), refused('damaged_archive'));
    }
    for (const count of [2, 1000]) {
      await assert.rejects(unpacked(zip(entries, { count }), 'zip'), refused('damaged_archive'));
    }
    await assert.rejects(unpacked(zip64OfMany(2n), 'zip'), refused('damaged_archive'));
  });

  it('that unpacks to too much is refused, however many entries that takes', async () => {
    const entries = Array.from({ length: 30 }, (_, n) => ({
      name: `${n}.py`,
      content: 'ab'.repeat(40_000),
    }));
    await assert.rejects(unpacked(zip(entries), 'zip'), refused('FILE_TOO_LARGE'));
  });

  it('in an archive is unpacked once where that is wanted, and no deeper', async () => {
    const deepest = zip([{ name: 'c.py', content: TEXT }]);
    const inner = zip([
      { name: 'b.py', content: TEXT },
      { name: 'deep.zip', content: deepest },
      { name: '../up.py', content: TEXT },
      { name: '/etc/passwd', content: TEXT },
      { name: 'C:/x.py', content: TEXT },
    ]);
    const outer = zip([
      { name: 'ann/answer.zip', content: inner },
      { name: 'bob/answer.tgz', content: await tarGz([{ name: 'x.py', content: TEXT }]) },
      { name: 'eve/broken.zip', content: inner.subarray(0, 50) },
    ]);
    const { files, left } = await unpacked(outer, 'zip', true);
    assert.deepEqual(Object.keys(files), ['ann/answer/b.py', 'bob/answer/x.py']);
    assert.deepEqual(left, {
      'ann/answer/deep.zip': 'nested_archive',
      'ann/answer/../up.py': 'unsafe_path',
      'ann/answer//etc/passwd': 'unsafe_path',
      'ann/answer/C:/x.py': 'unsafe_path',
      'eve/broken.zip': 'damaged',
    });
  });
});

describe('a tar.gz archive', () => {
  it('gives its texts, and leaves out links, devices and paths that climb', async () => {
    const archive = await tarGz([
      { name: './src/', type: 'directory' },
      { name: './src/a.py', content: TEXT },
      { name: '../b.py', content: TEXT },
      { name: '/c.py', content: TEXT },
      { name: 'soft.py', type: 'symlink', linkname: '/etc/passwd' },
      { name: 'hard.py', type: 'link', linkname: 'src/a.py' },
      { name: 'tty.py', type: 'character-device' },
      { name: 'disk.py', type: 'block-device' },
      { name: 'pipe.py', type: 'fifo' },
      { name: 'SRC/A.py', content: TEXT },
    ]);
    const { files, left } = await unpacked(archive, 'tar.gz');
    assert.deepEqual(files, { 'src/a.py': TEXT });
    assert.deepEqual(left, {
      '../b.py': 'unsafe_path',
      '/c.py': 'unsafe_path',
      'soft.py': 'link',
      'hard.py': 'link',
      'tty.py': 'special_file',
      'disk.py': 'special_file',
      'pipe.py': 'special_file',
      'SRC/A.py': 'duplicate_path',
    });
  });

  it('that explodes is refused, be it what is left out', async () => {
    const bomb = gzipSync(await tar([{ name: 'zeros.bin', content: Buffer.alloc(3_000_000) }]));
    await assert.rejects(unpacked(bomb, 'tar.gz'), refused('FILE_TOO_LARGE'));
  });

  it('of too many entries is refused', async () => {
    const entries = Array.from({ length: 2001 }, (_, n) => ({ name: `${n}.exe` }));
    await assert.rejects(unpacked(await tarGz(entries), 'tar.gz'), refused('too_many_entries'));
  });

  it('that is cut anywhere, or is none, is refused', async () => {
    const whole = await tarGz([
      { name: 'a.py', content: TEXT },
      { name: 'b.py', content: 'x = 1\n'.repeat(500) },
    ]);
    for (let length = 2; length < whole.length; length += 11) {
      const cut = whole.subarray(0, length);
      await assert.rejects(unpacked(cut, 'tar.gz'), refused('damaged_archive'));
    }
    const none = gzipSync(Buffer.alloc(2048, 'no archive'));
    await assert.rejects(unpacked(none, 'tar.gz'), refused('damaged_archive'));
  });
});
