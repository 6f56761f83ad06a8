/** The archive of a class: what of it becomes a student's file, and what of it no student can spoil for the others. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBlobs } from '#src/features/files/blobs.ts';
import { createClass } from '#src/features/files/class-archive.ts';
import { createAllowsName } from '#src/features/files/file-names.ts';
import { zip, type ZipEntry } from './archives.ts';

const TEXT = 'x = 1\n';
const limits = { entries: 50, fileBytes: 10_000, totalBytes: 100_000 };

describe('the archive of a class', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sono-class-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const split = (entries: readonly ZipEntry[]) => {
    const source = join(folder, 'class.zip');
    writeFileSync(source, zip(entries));
    return createClass({
      blobs: createBlobs(folder),
      allows: createAllowsName(undefined),
      limits,
      signal: new AbortController().signal,
      split: true,
      kind: 'zip',
      source,
    });
  };

  it('gives no file a path that leaves its folder once the folder is cut off', async () => {
    const inner = zip([
      { name: '/etc/passwd', content: TEXT },
      { name: 'C:/x.py', content: TEXT },
      { name: './main.py', content: TEXT },
    ]);
    const { files, leftOut } = await split([
      { name: 'alice.zip', content: inner },
      { name: 'ann/main.py', content: TEXT },
      { name: 'ann//x.py', content: TEXT },
      { name: 'ann/C:/x.py', content: TEXT },
      { name: 'Bob_1_assignsubmission_file_', content: TEXT },
    ]);
    assert.deepEqual(
      files.map(({ filename, contents }) => [filename, contents?.entries.map(({ path }) => path)]),
      [
        ['alice', ['main.py']],
        ['ann', ['main.py']],
      ],
    );
    const reasons = [...leftOut, ...files.flatMap(({ contents }) => contents?.left_out ?? [])];
    assert.deepEqual(
      reasons.map(({ reason }) => reason),
      Array<string>(5).fill('unsafe_path'),
    );
  });
});
